import { generateKeyPairSync, sign } from 'node:crypto'
import type { TlsOptions } from './listener.ts'

/**
 * A fresh P-256 key and a certificate for 127.0.0.1 and these names that it signed itself, so `cert` is also the CA
 * that a client has to trust. Made in code: a key in the repository would be found by every secret scanner.
 * https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 */
export function selfSignedCertificate(names: readonly string[] = ['localhost']): TlsOptions {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(oid(ecdsaWithSha256))
  const name = sequence(
    der(0x31, sequence(oid(commonName), der(0x0c, Buffer.from('dock-lock test registry')))),
  )
  const validity = sequence(utcTime('240101000000Z'), utcTime('491231235959Z'))
  const extensions = sequence(
    extension(basicConstraints, sequence(der(0x01, Buffer.from([0xff])))),
    extension(
      subjectAltName,
      sequence(...names.map(each => der(0x82, Buffer.from(each))), der(0x87, Buffer.from([127, 0, 0, 1]))),
    ),
  )
  const body = sequence(
    der(0xa0, integer(2)),
    integer(1),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  )
  const certificate = sequence(body, algorithm, bitString(sign('sha256', body, privateKey)))
  const lines = certificate.toString('base64').replace(/.{1,64}/g, '$&\n')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`,
  }
}

/** Object identifiers as DER content. */
const ecdsaWithSha256 = '2a8648ce3d040302'
const commonName = '550403'
const basicConstraints = '551d13'
const subjectAltName = '551d11'

function der(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), content])
}

function sequence(...contents: Buffer[]): Buffer {
  return der(0x30, ...contents)
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'))
}

function integer(value: number): Buffer {
  return der(0x02, Buffer.from([value]))
}

function utcTime(text: string): Buffer {
  return der(0x17, Buffer.from(text))
}

function bitString(content: Buffer): Buffer {
  return der(0x03, Buffer.from([0]), content)
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), der(0x04, value))
}
