import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { runOrThrow } from './exec.ts'

/** Paths of PEM files. */
export interface Certified {
  readonly certificate: string
  readonly key: string
}

/** A certificate authority that nobody knows. */
export interface Authority extends Certified {
  /** `names` as in `DNS:registry.example,IP:127.0.0.1`; a client needs none. */
  issue(names?: string): Promise<Certified>
}

/** Its files, and those of what it issues, go into `directory`. */
export async function makeAuthority(directory: string): Promise<Authority> {
  const make = async (name: string, ...more: string[]): Promise<Certified> => {
    const key = join(directory, `${name}.key`)
    const certificate = join(directory, `${name}.crt`)
    const files = ['-keyout', key, '-out', certificate]
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    await runOrThrow('openssl', ['req', '-x509', ...kind, '-subj', `/CN=${name}`, ...files, ...more])
    return { certificate, key }
  }
  const own = await make(`authority-${randomUUID()}`)
  return {
    ...own,
    issue(names) {
      const extensions = ['basicConstraints=critical,CA:FALSE', ...(names ? [`subjectAltName=${names}`] : [])]
      const issuer = ['-CA', own.certificate, '-CAkey', own.key]
      return make(`leaf-${randomUUID()}`, ...issuer, ...extensions.flatMap(each => ['-addext', each]))
    },
  }
}
