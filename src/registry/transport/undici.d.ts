/** The part of undici that is loaded alone; undici declares types for the whole only. */
declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici'
  export default Pool
}
