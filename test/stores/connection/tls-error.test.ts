import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseHost } from '../../../src/stores/connection/endpoint.ts'
import { unreachable } from '../../../src/stores/connection/engine-error.ts'

const test = suite('tls error')

/** As Node 20 and 22 give them. */
const CAUSES: readonly (readonly [code: string, said: string, message: RegExp, hint: RegExp])[] = [
  ['CERT_HAS_EXPIRED', 'certificate has expired', /has expired/, /Renew/],
  ['CERT_NOT_YET_VALID', 'certificate is not yet valid', /not valid yet/, /clock/],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    "Hostname/IP does not match certificate's altnames: IP: 10.0.0.1 is not in the cert's list: ",
    /for another name/,
    /10\.0\.0\.1/,
  ],
  [
    'SELF_SIGNED_CERT_IN_CHAIN',
    'self-signed certificate in certificate chain',
    /not from the authority/,
    /ca\.pem/,
  ],
  [
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'unable to verify the first certificate',
    /not from the authority/,
    /ca\.pem/,
  ],
  [
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    'C0:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../deps/x.c:1605:SSL alert number 116\n',
    /rejected the client certificate/,
    /cert\.pem/,
  ],
  [
    'ERR_OSSL_PEM_NO_START_LINE',
    'error:0480006C:PEM routines::no start line',
    /cannot be used \(no start line\)/,
    /PEM/,
  ],
  [
    'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
    'error:05800074:x509 certificate routines::key values mismatch',
    /key values mismatch/,
    /key/,
  ],
  [
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'C0:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/x.c:355:\n',
    /does not use TLS/,
    /Check the port/,
  ],
]

test('each reason has its words, and names the files that it is about', () => {
  const tls = { folder: '/certs', ca: 'CA', cert: 'CERT', key: 'KEY', rejectUnauthorized: true }
  const endpoint = { ...parseHost('tcp://10.0.0.1:2376', 'DOCKER_HOST'), tls }
  for (const [code, said, message, hint] of CAUSES) {
    const error = unreachable(endpoint, 'GET /_ping', Object.assign(new Error(said), { code }))
    assert.is(error.code, 'unreachable')
    assert.match(error.message, /^no TLS connection with the engine at tcp:\/\/10\.0\.0\.1:2376: /)
    assert.match(error.message, message)
    assert.match(error.hint ?? '', hint)
    assert.not.match(error.message, /routines|\.c:\d/)
  }
})

test('what has nothing to do with TLS keeps its own words', () => {
  const tls = { folder: '/certs', rejectUnauthorized: true }
  const endpoint = { ...parseHost('tcp://10.0.0.1:2376', 'DOCKER_HOST'), tls }
  const error = unreachable(
    endpoint,
    'GET /_ping',
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
  )
  assert.match(error.message, 'nothing listens there')
})

test.run()
