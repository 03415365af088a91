import type { TlsOptions } from './docker-config.ts'
import type { Explained } from './failure.ts'

/** Explains a failed TLS handshake by the codes and texts of OpenSSL and node:tls; undefined for other errors. */
export function explainTls(code: string | undefined, said: string, tls: TlsOptions): Explained | undefined {
  const { folder } = tls
  const all = `${code} ${said}`
  if (/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/.test(all)) {
    return {
      message: 'its certificate has expired, or is not valid yet',
      hint: 'Renew it, or set the clock',
    }
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return { message: 'its certificate is for another name', hint: `${said}. Use a name that it has` }
  }
  if (/SELF_SIGNED|UNABLE_TO_|CERT_SIGNATURE|CERT_UNTRUSTED|INVALID_CA/.test(all)) {
    return {
      message:
        tls.ca === undefined
          ? 'its certificate is from an authority that this machine does not trust'
          : `its certificate is not from the authority in ${folder}/ca.pem`,
      hint: `The engine's authority belongs into ${folder}/ca.pem`,
    }
  }
  if (/PEM|ASN1|asn1|KEY_VALUES_MISMATCH|key values mismatch/.test(all)) {
    return {
      message: `ca.pem, cert.pem and key.pem in ${folder} cannot be used (${said.split(':').at(-1)?.trim()})`,
      hint: 'They must be PEM files without a passphrase, and the key must belong to the certificate',
    }
  }
  if (/wrong.version.number|packet.length/i.test(all)) {
    return {
      message: 'the server does not use TLS',
      hint: 'Check the port. To connect without TLS, unset DOCKER_TLS_VERIFY and DOCKER_TLS, or use a context without certificates',
    }
  }
  if (/alert/i.test(all)) {
    return {
      message:
        tls.cert === undefined ? 'it requires a client certificate' : 'it rejected the client certificate',
      hint: `Put a certificate from an authority that it trusts into ${folder}/cert.pem, and its key into ${folder}/key.pem`,
    }
  }
  return undefined
}
