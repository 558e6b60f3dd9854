import type { Signer } from '../../domain/ports.ts'

/** The signature over this text. A signer that throws has failed like one that rejects. */
export function signatureBy(signer: Signer, text: string): Uint8Array | Promise<Uint8Array> {
  try {
    return signer.sign(Buffer.from(text, 'latin1'))
  } catch (problem) {
    return Promise.reject(problem)
  }
}
