import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

describe('the command before anything is installed', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
    mkdirSync(join(folder, 'src'))
    mkdirSync(join(folder, 'dist'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    copyFileSync(join(import.meta.dirname, '../../src/holdfast.js'), join(folder, 'src/holdfast.js'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const run = (...args: string[]) => {
    const { status, stderr } = spawnSync(process.execPath, [...args, 'src/holdfast.js'], {
      cwd: folder,
      encoding: 'utf8',
    })
    return { status, stderr }
  }
  const OLD = `data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'20.1.0'}})`

  it('of the package says which Node it needs', () => {
    const { status, stderr } = run('--import', OLD)
    expect([status, stderr]).toEqual([2, `holdfast: needs Node 24 or later; this is ${process.version}\n`])
  })

  it('of the image runs what is built, by a link from the path', () => {
    writeFileSync(join(folder, 'dist/main.js'), 'console.log(process.argv.slice(2).join())')
    symlinkSync(join(folder, 'src/holdfast.js'), join(folder, 'holdfast'))
    const path = `${dirname(process.execPath)}:${process.env['PATH']}`
    const { stdout } = spawnSync(join(folder, 'holdfast'), ['codes', 'DPOP_HTU'], {
      encoding: 'utf8',
      env: { PATH: path },
    })
    expect(stdout).toBe('codes,DPOP_HTU\n')
  })

  it('is the process that a supervisor starts, ends and reloads', async () => {
    const main = `const alive = setInterval(() => {}, 1000)
      process.on('SIGHUP', () => console.log('reloaded'))
      process.once('SIGTERM', () => clearInterval(alive))
      console.log(process.pid)
      await new Promise((resolve) => process.once('SIGTERM', resolve))`
    writeFileSync(join(folder, 'dist/main.js'), main)
    const child = spawn(process.execPath, ['src/holdfast.js'], { cwd: folder })
    const says = async () => String((await once(child.stdout, 'data'))[0])
    expect(await says()).toBe(`${child.pid}\n`)
    child.kill('SIGHUP')
    expect(await says()).toBe('reloaded\n')
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('of a checkout says to install, with any Node', () => {
    writeFileSync(join(folder, 'src/main.ts'), "import 'jose'")
    for (const args of [[], ['--import', OLD]]) {
      const { status, stderr } = run(...args)
      expect(status).toBe(2)
      expect(stderr).toMatch(/^holdfast: run `npm ci` in \/\S+ first; it brings the right Node .*\n$/)
    }
  })

  it('of a checkout that is installed names the Node that came with it', () => {
    writeFileSync(join(folder, 'src/main.ts'), '')
    mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true })
    writeFileSync(join(folder, 'node_modules/.bin/node'), '')
    const { status, stderr } = run('--import', OLD)
    expect(status).toBe(2)
    expect(stderr).toMatch(
      /^holdfast: needs Node 24 or later; .* one here: \/\S+\/node_modules\/\.bin\/node, or `npx holdfast`\n$/,
    )
  })

  it('of a checkout tells any other fault as it is', () => {
    writeFileSync(join(folder, 'src/main.ts'), "throw new Error('another fault')")
    const { status, stderr } = run()
    expect(status).toBe(1)
    expect(stderr).toContain('Error: another fault')
  })
})
