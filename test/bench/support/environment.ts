/**
 * The environment of the processes that are measured: no credentials, no engine that answers, and none of the variables that make every start of Node
 * slower (NODE_EXTRA_CA_CERTS triples it).
 */
export const ENV = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  DOCKER_CONFIG: '/nonexistent',
  DOCKER_HOST: 'unix:///nonexistent',
}
