import { describe, expect, it } from 'vitest'
import { reasonOf } from '../../src/domain/reason.ts'

const ROOM = '40C30634C07F0000:error:0A00010B:SSL routines'
const FILE = '../deps/openssl/openssl/ssl/record'

describe('what OpenSSL has against a server', () => {
  it('is told without its own source code, and on one line', () => {
    const alert = `${ROOM}:ssl3_read_bytes:tlsv13 alert certificate required:${FILE}/rec_layer_s3.c:918:SSL alert number 116\n`
    expect(reasonOf(new Error(alert))).toBe('tlsv13 alert certificate required')
    expect(reasonOf(new Error(`write EPROTO ${alert}`))).toBe('tlsv13 alert certificate required')
  })

  it('asks whether it speaks TLS, where what came was none', () => {
    const none = `write EPROTO ${ROOM}:tls_validate_record_header:wrong version number:${FILE}/methods/tlsany_meth.c:78:\n`
    expect(reasonOf(new Error(none))).toBe('wrong version number (does it speak TLS?)')
  })
})
