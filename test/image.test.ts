import { expect, it } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { readText } from './support/source.ts'

it('the image has the command of the package, by its name and for every user', () => {
  const stage = readText('Dockerfile').split('\nFROM ').at(-1)!
  const { holdfast } = packageJson.bin
  const link = `\nRUN ln -s /app/${holdfast} /usr/local/bin/holdfast\n`
  expect(stage).toContain(`\nCOPY ${holdfast} ./src/\n`)
  expect(stage).toContain(link)
  expect(stage.indexOf(link)).toBeLessThan(stage.indexOf('\nUSER '))
})
