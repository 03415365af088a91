import type { TlsOptions } from './docker-config.ts'
import type { Explained } from './failure.ts'

/** Why there is no TLS, by the codes and words of OpenSSL and node:tls; undefined when it is something else. */
export function explainTls(code: string | undefined, said: string, tls: TlsOptions): Explained | undefined {
  const { folder } = tls
  const all = `${code} ${said}`
  if (/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/.test(all)) {
    return {
      message: 'its certificate has expired, or is not valid yet',
      hint: 'Renew it, or set the clock.',
    }
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return { message: 'its certificate is for another name', hint: `${said}. Use a name that it has.` }
  }
  if (/SELF_SIGNED|UNABLE_TO_|CERT_SIGNATURE|CERT_UNTRUSTED|INVALID_CA/.test(all)) {
    return {
      message:
        tls.ca === undefined
          ? 'its certificate is of an authority that this machine does not know'
          : `its certificate is not of the authority in ${folder}/ca.pem`,
      hint: `The engine's authority belongs into ${folder}/ca.pem.`,
    }
  }
  if (/PEM|ASN1|asn1|KEY_VALUES_MISMATCH|key values mismatch/.test(all)) {
    return {
      message: `ca.pem, cert.pem and key.pem in ${folder} cannot be used (${said.split(':').at(-1)?.trim()})`,
      hint: 'They must be PEM files without a passphrase, and the key be that of the certificate.',
    }
  }
  if (/wrong.version.number|packet.length/i.test(all)) {
    return {
      message: 'what answers does not speak TLS',
      hint: 'Check the port; without DOCKER_TLS_VERIFY and DOCKER_TLS, or by a context without certificates, none is spoken.',
    }
  }
  if (/alert/i.test(all)) {
    return {
      message: tls.cert === undefined ? 'it wants a client certificate' : 'it refuses our client certificate',
      hint: `A certificate of an authority that it knows belongs into ${folder}/cert.pem, its key into ${folder}/key.pem.`,
    }
  }
  return undefined
}
