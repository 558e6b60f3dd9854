import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LineWriter } from '../../../src/services/log/line-writer.ts'

const LOST = (count: number) => `lost ${count}\n`

describe('a writer of lines', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-lines-'))
  })

  afterEach(() => rmSync(folder, { recursive: true }))

  it('writes all that it is given, in its order, soon and by itself', async () => {
    const file = join(folder, 'log')
    const fd = openSync(file, 'w')
    const lines = new LineWriter(fd, 1_000_000, LOST)
    const text = Array.from({ length: 20_000 }, (_, at) => `line ${at} ä\n`)
    for (const each of text) lines.write(Buffer.from(each))
    await expect.poll(() => readFileSync(file, 'utf8') === text.join('')).toBe(true)
    lines.write(Buffer.from('last\n'))
    expect(await lines.written(10_000)).toBe(true)
    expect(readFileSync(file, 'utf8').endsWith('last\n')).toBe(true)
    closeSync(fd)
  })

  it.each([100, 100_000])('frees the memory of %d octets of lines that were written', async (length) => {
    const fd = openSync(join(folder, 'log'), 'w')
    const lines = new LineWriter(fd, 1_000_000, LOST)
    const octets = new Uint8Array(length)
    lines.write(octets)
    await lines.written(10_000)
    expect(octets.buffer.byteLength).toBe(0)
    closeSync(fd)
  })

  describe('into a pipe', () => {
    let reader: number
    let writer: number

    beforeEach(() => {
      const path = join(folder, 'pipe')
      execFileSync('mkfifo', [path])
      reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
      writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
    })

    afterEach(() => closeSync(writer))

    function readAll(): string {
      const octets = Buffer.alloc(1_000_000)
      let text = ''
      try {
        for (let count = 1; count > 0; text += octets.toString('utf8', 0, count))
          count = readSync(reader, octets)
      } catch {
        // There is no more for now.
      }
      return text
    }

    it('waits for who takes nothing, says so, and loses what is past its bound, which it counts', async () => {
      const lines = new LineWriter(writer, 100_000, LOST)
      const line = `${'x'.repeat(999)}\n`
      for (let at = 0; at < 80; at++) lines.write(Buffer.from(line))
      expect(await lines.written(300)).toBe(false)
      // The rest is in the pipe.
      expect(lines.waiting).toBeGreaterThan(0)
      expect(lines.waiting).toBeLessThan(80_000)
      for (let at = 0; at < 150; at++) lines.write(Buffer.from(line))
      let text = ''
      const taken = () => {
        text += readAll()
        return text.endsWith('lost 50\n')
      }
      await expect.poll(taken).toBe(true)
      expect(text).toBe(`${line.repeat(180)}lost 50\n`)
      expect(lines.lost).toBe(50)
      expect(await lines.written(10_000)).toBe(true)
      expect(lines.waiting).toBe(0)
      closeSync(reader)
    })

    it('waits for who is slow for as long as some of it is taken', async () => {
      const lines = new LineWriter(writer, 10_000_000, LOST)
      const line = `${'x'.repeat(999)}\n`
      for (let at = 0; at < 1000; at++) lines.write(Buffer.from(line))
      let read = 0
      const reading = setInterval(() => {
        read += readAll().length
      }, 50)
      expect(await lines.written(300)).toBe(true)
      clearInterval(reading)
      expect(lines.waiting).toBe(0)
      expect(read + readAll().length).toBe(1_000_000)
      closeSync(reader)
    })

    it('that holds the writer up, as that of a container does, waits for who takes a little at a time', async () => {
      // Without O_NONBLOCK a write returns when all of it was taken.
      const held = openSync(join(folder, 'pipe'), constants.O_WRONLY)
      const script = `
        import { readSync } from 'node:fs'
        const octets = Buffer.alloc(4096)
        let read = 0
        for (let count = 1; count > 0; read += count) {
          count = readSync(0, octets)
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
        }
        process.stdout.write(String(read))`
      const slow = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: [reader, 'pipe', 'inherit'],
      })
      let read = ''
      slow.stdout!.setEncoding('utf8').on('data', (part: string) => {
        read += part
      })
      const ended = new Promise((resolve) => slow.once('close', resolve))
      // What a pipe holds, and what takes its reader several times as long as it may take nothing.
      const lines = new LineWriter(held, 1_000_000, LOST)
      for (let at = 0; at < 250; at++) lines.write(Buffer.from(`${'x'.repeat(999)}\n`))
      expect(await lines.written(300)).toBe(true)
      closeSync(held)
      closeSync(writer)
      await ended
      expect(read).toBe('250000')
      closeSync(reader)
      writer = openSync('/dev/null', 'w')
    }, 20_000)

    it('that nobody reads any more drops everything, counts it, and is never waited for', async () => {
      const lines = new LineWriter(writer, 100_000, LOST)
      closeSync(reader)
      lines.write(Buffer.from('to nobody\n'))
      expect(await lines.written(10_000)).toBe(true)
      lines.write(Buffer.from('to nobody\n'))
      lines.write(Buffer.from('to nobody\nto nobody\n'))
      lines.writeLast()
      expect(await lines.written(10_000)).toBe(true)
      expect(lines.lost).toBe(4)
    })
  })

  it('has its last words where the process ends by a fault', () => {
    const script = `
      import { LineWriter } from ${JSON.stringify(join(import.meta.dirname, '../../../src/services/log/line-writer.ts'))}
      const lines = new LineWriter(1, 1000, String)
      process.on('exit', () => lines.writeLast())
      lines.write(Buffer.from('last words\\n'))
      process.exit(3)`
    const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', script])
    let text = ''
    child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    return expect(
      new Promise((resolve) => child.once('close', (code) => resolve([code, text]))),
    ).resolves.toEqual([3, 'last words\n'])
  })
})
