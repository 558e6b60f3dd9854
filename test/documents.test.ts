import { describe, expect, it } from 'vitest'
import { filesUnder } from './support/source.ts'

describe('decision records', () => {
  it('have numbers of their own', () => {
    const numbers = filesUnder('src/decisions').map((name) => name.slice(0, 4))
    expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([])
  })
})
