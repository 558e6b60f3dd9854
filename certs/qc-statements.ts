import './reflect-metadata.ts'
import { Extension } from '@peculiar/x509'
import { ROLES_OF_PSP } from '../src/codec/roles-of-psp.ts'

export type Role = (typeof ROLES_OF_PSP)[number]

/** What a QWAC states of a payment service provider: its roles, and who licensed it (ETSI TS 119 495 §5.1). */
export function psd2Statement(roles: readonly Role[]): Extension {
  const named = roles.map((role) =>
    element(SEQUENCE, oid(`0400819827010${ROLES_OF_PSP.indexOf(role) + 1}`), utf8(role)),
  )
  const type = element(SEQUENCE, element(SEQUENCE, ...named), utf8('Holdfast demo authority'), utf8('XX-HDA'))
  const statement = element(SEQUENCE, oid('040081982702'), type)
  return new Extension(QC_STATEMENTS, false, element(SEQUENCE, statement))
}

function oid(hex: string): Buffer {
  return element(0x06, Buffer.from(hex, 'hex'))
}

function utf8(text: string): Buffer {
  return element(0x0c, Buffer.from(text))
}

/** DER of fewer than 128 octets, as even all roles take (X.690 §8.1.3.4). */
function element(tag: number, ...parts: readonly Buffer[]): Buffer {
  const contents = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag, contents.length]), contents])
}

const QC_STATEMENTS = '1.3.6.1.5.5.7.1.3'
const SEQUENCE = 0x30
