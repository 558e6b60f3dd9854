import { AUZ } from './auz.ts'
import { CCH } from './cch.ts'
import { DIG } from './dig.ts'
import { DPOP } from './dpop.ts'
import { ERR } from './err.ts'
import { FSIG } from './fsig.ts'
import { H2 } from './h2.ts'
import { HTTP } from './http.ts'
import { INT } from './int.ts'
import { JWT } from './jwt.ts'
import { KEY } from './key.ts'
import { META } from './meta.ts'
import { MTLS } from './mtls.ts'
import { NET } from './net.ts'
import { OPS } from './ops.ts'
import { PREC } from './prec.ts'
import type { Section } from './requirement.ts'
import { SIG } from './sig.ts'
import { TOK } from './tok.ts'
import { TRAP } from './trap.ts'
import { TSL } from './tsl.ts'
import { TXN } from './txn.ts'

export const sections: readonly Section[] = [
  NET,
  MTLS,
  CCH,
  TOK,
  JWT,
  KEY,
  INT,
  DPOP,
  HTTP,
  H2,
  TSL,
  DIG,
  AUZ,
  META,
  ERR,
  OPS,
  PREC,
  TXN,
  SIG,
  FSIG,
  TRAP,
]
