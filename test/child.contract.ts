import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Child, ChildEvents, Exit, Launch } from '../src/child/child.ts'
import { descriptors, eventually, processes } from './helpers.ts'

export interface ChildDriver {
  readonly name: string
  /** Whether a child can close its input and go on printing. */
  readonly halves: boolean
  /** What `delay` must be for a program that takes a while to start, in ms. */
  readonly patience: number
  start(launch: Launch, events: ChildEvents): Child
  close?(): void
}

/** What happened, in order: `output` is joined in `text`. */
class Diary implements ChildEvents {
  readonly events: ('output' | 'drained' | 'deaf' | 'said' | 'ended')[] = []
  readonly chunks: Buffer[] = []
  readonly lines: string[] = []
  readonly exits: Exit[] = []
  readonly ready: Promise<void>
  readonly gone: Promise<Exit>
  /** Called after each piece of output. */
  heard = () => {}
  private tellReady!: () => void
  private tellGone!: (exit: Exit) => void

  constructor() {
    this.ready = new Promise((resolve) => {
      this.tellReady = resolve
    })
    this.gone = new Promise((resolve) => {
      this.tellGone = resolve
    })
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1')
  }

  get drains(): number {
    return this.events.filter((event) => event === 'drained').length
  }

  output(chunk: Buffer): void {
    this.events.push('output')
    this.chunks.push(Buffer.from(chunk))
    this.heard()
  }

  drained(): void {
    this.events.push('drained')
    this.tellReady()
  }

  deaf(): void {
    this.events.push('deaf')
  }

  said(stream: string, line: string): void {
    this.events.push('said')
    this.lines.push(`${stream}: ${line}`)
  }

  ended(exit: Exit): void {
    this.events.push('ended')
    this.exits.push(exit)
    this.tellGone(exit)
  }

  /** Output that matches; fails after a while with what there is. */
  printed(pattern: RegExp): Promise<string> {
    return eventually(`output like ${pattern}`, () => pattern.exec(this.text)?.[0])
  }

  told(line: string): Promise<true> {
    return eventually(`the line "${line}"`, () => this.lines.includes(line) || undefined)
  }
}

/**
 * A program in Node that talks over stdio or, where $PORT is given, over TCP: it is called with both streams.
 * `say` writes a line to stderr.
 */
function program(body: string): string[] {
  const source = `
    const { spawn } = require('node:child_process')
    const fs = require('node:fs')
    const say = (line) => fs.writeSync(2, line + '\\n')
    const main = (input, output) => { ${body} }
    if (!process.env.PORT) main(process.stdin, process.stdout)
    else require('node:net').createServer({ allowHalfOpen: true }, (s) => main(s, s)).listen(process.env.PORT, '127.0.0.1')`
  return ['-e', source]
}

const ECHO = 'input.pipe(output)'

/** What every way to reach a child must do. */
export function childContract(driver: ChildDriver): void {
  describe(`child over ${driver.name}`, () => {
    const started: { child: Child; diary: Diary }[] = []
    afterAll(() => driver.close?.())
    afterEach(async () => {
      vi.useRealTimers()
      for (const { child } of started) {
        child.kill()
        child.resume()
      }
      await Promise.all(started.splice(0).map(({ diary }) => diary.gone))
    })

    function start(body: string, more: Partial<Launch> = {}): { child: Child; diary: Diary } {
      const diary = new Diary()
      const launch: Launch = {
        program: process.execPath,
        argv0: 'node',
        args: program(body),
        env: { PATH: process.env.PATH! },
        delay: driver.patience,
        killGrace: 5000,
        ...more,
      }
      const child = driver.start(launch, diary)
      started.push({ child, diary })
      return { child, diary }
    }

    async function ready(body: string, more: Partial<Launch> = {}) {
      const both = start(body, more)
      await both.diary.ready
      return both
    }

    describe('what is written and printed', () => {
      it('goes both ways, text and bytes', async () => {
        const { child, diary } = await ready(ECHO)
        child.write('héllo\n')
        child.write(Buffer.from([0, 1, 255, 10]))
        await diary.printed(/\n[\s\S]*\n/)
        expect(Buffer.concat(diary.chunks)).toEqual(
          Buffer.concat([Buffer.from('héllo\n'), Buffer.from([0, 1, 255, 10])]),
        )
      })

      it('keeps its order, whatever there is of it', async () => {
        const { child, diary } = await ready(`
          const lines = Array.from({ length: 300000 }, (_, n) => 'line ' + n + '\\n').join('')
          input.once('data', () => output.write(lines, () => output.write('end')))`)
        child.write('go\n')
        await diary.printed(/end$/)
        const expected = Array.from({ length: 300_000 }, (_, n) => `line ${n}\n`).join('')
        expect(sha(diary.text)).toBe(sha(`${expected}end`))
      })

      it('has the environment that it was given and nothing else', async () => {
        const { diary } = start(`output.write(JSON.stringify(process.env) + '\\n')`, { env: { ROOM: 'lobby' } })
        const { PORT: _, ...env } = JSON.parse(await diary.printed(/\{.*\}/))
        expect(env).toEqual({ ROOM: 'lobby' })
      })

      it('says on stderr is told line by line, with a last line that has no end', async () => {
        const { diary } = start(`
          fs.writeSync(2, 'one\\ntwo\\nthree')
          input.once('end', () => {})
          process.exit(0)`)
        await diary.gone
        await diary.told('stderr: three')
        expect(diary.lines).toEqual(['stderr: one', 'stderr: two', 'stderr: three'])
      })

      it('says so much on stderr that nobody could read it is no hindrance', async () => {
        const { child, diary } = await ready(`
          say('x'.repeat(3_000_000))
          say('next')
          ${ECHO}`)
        child.write('still here')
        await diary.printed(/still here/)
        await diary.told('stderr: next')
      })
    })

    describe('write', () => {
      /** Prints its pid, reads nothing until a signal comes, and prints `counted N` when its input holds an `!`. */
      const STALLED = `
        process.on('SIGUSR2', () => output.write('printing all the same\\n'))
        process.once('SIGUSR1', () => {
          let count = 0
          input.on('data', (chunk) => {
            count += chunk.length
            if (chunk.includes(33)) output.write('counted ' + count + '\\n')
          })
        })
        setInterval(() => {}, 1e9)
        output.write(process.pid + '\\n')`

      it('is false while the child does not read, and drained says when it has', async () => {
        const { child, diary } = await ready(STALLED)
        const pid = Number(await diary.printed(/^\d+\n/))
        const block = Buffer.alloc(1 << 18, 'x')
        let written = 0
        const fill = () => {
          while (written < 1 << 26) {
            written += block.length
            if (!child.write(block)) return true
          }
          return false
        }
        // The kernel takes some of it, and that may drain; then nothing moves any more.
        let filledAt: number
        do {
          filledAt = diary.drains
          expect(fill()).toBe(true)
          process.kill(pid, 'SIGUSR2')
          await diary.printed(new RegExp(`^\\d+\\n(printing all the same\\n){${diary.text.split('\n').length - 1}}`))
        } while (diary.drains > filledAt)
        process.kill(pid, 'SIGUSR1')
        await eventually('drained', () => diary.drains > filledAt)
        child.write('!')
        expect(await diary.printed(/counted \d+/)).toBe(`counted ${written + 1}`)
      })

      it('does nothing once the child is gone', async () => {
        const { child, diary } = await ready('process.exit(0)')
        await diary.gone
        child.write('to nobody')
        child.pause()
        child.resume()
        await child.farewell()
        child.write('to nobody')
        expect(diary.exits).toHaveLength(1)
      })

      if (driver.halves)
        it('tells once that the child has closed its input, and the child goes on', async () => {
          const { child, diary } = await ready(`
          fs.closeSync(0)
          process.on('SIGUSR2', () => fs.writeSync(1, 'still printing\\n'))
          setInterval(() => {}, 1e9)
          fs.writeSync(1, process.pid + '\\n')`)
          const pid = Number(await diary.printed(/^\d+\n/))
          child.write('to nobody\n')
          await eventually('deaf', () => diary.events.includes('deaf'))
          child.write('to nobody\n')
          child.write('to nobody\n')
          process.kill(pid, 'SIGUSR2')
          await diary.printed(/still printing/)
          expect(diary.events.filter((event) => event === 'deaf')).toHaveLength(1)
          expect(diary.exits).toEqual([])
          await child.farewell()
        })
    })

    describe('pause and resume', () => {
      const PRINTER = `input.on('data', (chunk) => output.write(chunk, () => say('printed')))`

      it('hold output back and give it, whole, later', async () => {
        const { child, diary } = await ready(PRINTER)
        child.pause()
        for (let n = 1; n <= 3; n++) {
          child.write(`line ${n}\n`)
          await eventually('the next line to be printed', () => diary.lines.length === n)
        }
        expect(diary.text).toBe('')
        child.resume()
        await diary.printed(/line 3\n/)
        expect(diary.text).toBe('line 1\nline 2\nline 3\n')
      })

      it('hold from before the child is there', async () => {
        const { child, diary } = start(PRINTER)
        child.pause()
        await diary.ready
        child.write('early\n')
        await diary.told('stderr: printed')
        child.write('late\n')
        await eventually('the second line to be printed', () => diary.lines.length === 2)
        expect(diary.text).toBe('')
        child.resume()
        await diary.printed(/^early\nlate\n$/)
      })

      it('may come as often as they like, and nothing is lost or doubled', async () => {
        const { child, diary } = await ready(`
          input.once('data', () => output.write('x'.repeat(4_000_000), () => output.write('end')))`)
        child.write('go\n')
        for (let n = 0; n < 400 && !diary.text.endsWith('end'); n++) {
          child.pause()
          child.resume()
          if (n % 2) child.pause()
          await new Promise((turn) => setImmediate(turn))
          child.resume()
        }
        await diary.printed(/end$/)
        expect(diary.text.length).toBe(4_000_003)
      })

      it('the child waits when it has printed more than fits, and its input goes on', async () => {
        const { child, diary } = await ready(`
          output.write('x'.repeat(50_000_000), () => say('all printed'))
          input.on('data', (chunk) => say('heard ' + chunk))`)
        child.pause()
        child.write('you')
        await diary.told('stderr: heard you')
        child.write('again')
        await diary.told('stderr: heard again')
        expect(diary.lines).not.toContain('stderr: all printed')
        child.resume()
        await diary.told('stderr: all printed')
        await diary.printed(/x{1000}$/)
      })

      it('what was printed before an exit is given however long it was held', async () => {
        const { child, diary } = await ready(`
          input.once('data', () => output.write('x'.repeat(30_000) + 'last words', () => process.exit(3)))`)
        child.pause()
        vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
        const pid = Number(/\((\d+)\)/.exec(child.name)![1])
        child.write('go\n')
        // Once the process is gone its exit has been told.
        await spin('the exit', () => !existsSync(`/proc/${pid}`))
        vi.advanceTimersByTime(999)
        expect(diary.exits).toEqual([])
        child.resume()
        // The next look at whether somebody still wants to read comes before the first byte can have been read.
        vi.advanceTimersByTime(1)
        vi.useRealTimers()
        await eventually('the end', () => diary.exits.length > 0 || diary.text.endsWith('last words'))
        expect(diary.text.length).toBe(30_010)
      })
    })

    describe('ended', () => {
      it('comes after megabytes that are read with a pause after each piece', async () => {
        const { child, diary } = await ready(`
          input.once('data', () => output.write('x'.repeat(3_000_000) + 'last words', () => process.exit(0)))`)
        diary.heard = () => {
          child.pause()
          setTimeout(() => child.resume(), 10)
        }
        child.write('go\n')
        expect(await diary.gone).toEqual({ kind: 'status', status: 0 })
        expect(diary.text.length).toBe(3_000_010)
      })

      const after = (how: string) =>
        ready(`input.once('data', () => output.write('x'.repeat(50_000) + 'last words', () => { ${how} }))`)

      it.each<[string, string, Exit]>([
        ['an exit with 0', 'process.exit(0)', { kind: 'status', status: 0 }],
        ['an exit with another status', 'process.exit(7)', { kind: 'status', status: 7 }],
        ['a signal', `process.kill(process.pid, 'SIGKILL')`, { kind: 'signal', signal: 'SIGKILL' }],
      ])('comes once, after the last output, with %s', async (_what, how, exit) => {
        const { child, diary } = await after(how)
        child.write('go\n')
        expect(await diary.gone).toEqual(exit)
        expect(diary.text.length).toBe(50_010)
        await child.farewell()
        child.kill()
        expect(diary.exits).toHaveLength(1)
        expect(diary.events.lastIndexOf('output')).toBeLessThan(diary.events.indexOf('ended'))
      })

      it('comes although a grandchild holds the output open, and farewell ends that too', async () => {
        const mark = `playpipe-holder-${process.pid}-${driver.name}`
        const { child, diary } = await ready(`
          const source = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1e9); console.error("holding")'
          spawn(process.execPath, ['-e', source, '${mark}'], { stdio: 'inherit' })
          input.once('data', () => output.write('last words', () => process.exit(0)))`)
        await diary.told('stderr: holding')
        child.write('go\n')
        expect(await diary.gone).toEqual({ kind: 'status', status: 0 })
        expect(diary.text).toBe('last words')
        expect(processes(mark)).toHaveLength(1)
        child.kill()
        await child.farewell()
        expect(processes(mark)).toEqual([])
      })

      it('comes although a grandchild prints as fast as it is read', async () => {
        const { child, diary } = await ready(
          `input.once('data', () => {
            spawn('yes', { stdio: ['ignore', output.fd ?? output._handle.fd, 'inherit'] })
            process.exit(0)
          })`,
        )
        // As a room does after each full read.
        diary.heard = () => {
          child.pause()
          setImmediate(() => child.resume())
        }
        child.write('go\n')
        expect(await diary.gone).toEqual({ kind: 'status', status: 0 })
        child.kill()
        await child.farewell()
      })

      it('comes for a program that does not start', async () => {
        const { child, diary } = start('', { program: '/nowhere/at/all' })
        expect(await diary.gone).toMatchObject({ kind: 'failed', why: expect.stringContaining('ENOENT') })
        await child.farewell()
        expect(diary.exits).toHaveLength(1)
      })

      it('comes for a program that ends at once', async () => {
        const { diary } = start('', { args: ['-e', 'process.exit(5)'] })
        expect(await diary.gone).toEqual({ kind: 'status', status: 5 })
      })
    })

    describe('farewell', () => {
      it('lets a program that reads its input to the end finish by itself', async () => {
        const { child, diary } = await ready(`
          process.on('SIGTERM', () => say('SIGTERM'))
          let heard = ''
          input.on('data', (chunk) => { heard += chunk })
          input.once('end', () => { say('heard ' + heard); process.exit(4) })`)
        child.write('last line\n')
        await child.farewell()
        expect(await diary.gone).toEqual({ kind: 'status', status: 4 })
        await diary.told('stderr: heard last line')
        expect(diary.lines).not.toContain('stderr: SIGTERM')
      })

      it('then asks with SIGTERM', async () => {
        const { child, diary } = await ready(`
          input.once('end', () => say('end of input'))
          process.on('SIGTERM', () => { say('SIGTERM'); process.exit(6) })
          input.resume()
          setInterval(() => {}, 1e9)`)
        await child.farewell()
        expect(await diary.gone).toEqual({ kind: 'status', status: 6 })
        await diary.told('stderr: SIGTERM')
        expect(diary.lines).toEqual(['stderr: end of input', 'stderr: SIGTERM'])
      })

      it('then ends it and what it started with SIGKILL', async () => {
        const mark = `playpipe-stubborn-${process.pid}-${driver.name}`
        const { child, diary } = await ready(
          `
          const source = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1e9); console.error("started")'
          spawn(process.execPath, ['-e', source, '${mark}'], { stdio: ['ignore', 'ignore', 'inherit'] })
          process.on('SIGTERM', () => say('SIGTERM'))
          setInterval(() => {}, 1e9)`,
          { killGrace: 100 },
        )
        await diary.told('stderr: started')
        await child.farewell()
        expect(processes(mark)).toEqual([])
        expect(await diary.gone).toEqual({ kind: 'signal', signal: 'SIGKILL' })
        expect(diary.lines).toContain('stderr: SIGTERM')
      })

      it('goes on while output is held, and comes to an end', async () => {
        const { child, diary } = await ready(`
          output.write('x'.repeat(30_000), () => say('printed'))
          input.once('end', () => process.exit(0))
          input.resume()`)
        child.pause()
        await diary.told('stderr: printed')
        await child.farewell()
        // Else its descriptors stay open, since nobody is left who would resume it.
        await eventually('the end', () => diary.exits.length === 1)
      })

      it('of a program that has already ended resolves', async () => {
        const { child, diary } = await ready('process.exit(0)')
        await diary.gone
        await child.farewell()
        await child.farewell()
      })

      it('before the program is there leaves nothing', async () => {
        const mark = `playpipe-early-${process.pid}-${driver.name}`
        const { child, diary } = start('', { args: ['-e', 'setInterval(() => {}, 1e9)', mark], killGrace: 100 })
        await child.farewell()
        await diary.gone
        expect(processes(mark)).toEqual([])
      })

      it('kill ends it and what it started at once', async () => {
        const mark = `playpipe-killed-${process.pid}-${driver.name}`
        const { child, diary } = await ready(`
          process.on('SIGTERM', () => {})
          spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e9); console.error("started")', '${mark}'],
            { stdio: ['ignore', 'ignore', 'inherit'] })
          setInterval(() => {}, 1e9)`)
        await diary.told('stderr: started')
        child.kill()
        expect(await diary.gone).toEqual({ kind: 'signal', signal: 'SIGKILL' })
        await eventually('nothing to be left', () => processes(mark).length === 0)
      })
    })

    it('no descriptor is left of a child that the system refuses to start, and why is told', async () => {
      const refused = async () => {
        try {
          const exit = await start('', { args: ['x'.repeat(3_000_000)] }).diary.gone
          return exit.kind === 'failed' && exit.why
        } catch (error) {
          return (error as Error).message
        }
      }
      const before = descriptors(process.pid)
      for (let n = 0; n < 8; n++) expect(await refused()).toContain('E2BIG')
      await eventually('the descriptors to be closed', () => descriptors(process.pid) <= before)
    })

    it('no descriptor is left of children whose grandchildren are in groups of their own', async () => {
      const before = descriptors(process.pid)
      const round = async () => {
        const { child, diary } = await ready(`
          const { pid } = spawn('sleep', ['600'], { detached: true, stdio: 'inherit' })
          input.once('data', () => process.exit(0))
          output.write(pid + '\\n')`)
        const grandchild = Number(await diary.printed(/^\d+\n/))
        onTestFinished(() => void process.kill(grandchild))
        child.write('go\n')
        await diary.gone
        await child.farewell()
      }
      await Promise.all([round(), round(), round(), round()])
      await eventually('the descriptors to be closed', () => descriptors(process.pid) <= before)
    })

    it('no descriptor is left of children that are gone, those that never started included', async () => {
      const before = descriptors(process.pid)
      const children = Array.from({ length: 8 }, (_, n) =>
        start('', n % 2 ? { args: ['-e', '0'] } : { program: '/nowhere/at/all' }),
      )
      await Promise.all(children.map(async ({ child, diary }) => diary.gone.then(() => child.farewell())))
      await eventually('the descriptors to be closed', () => descriptors(process.pid) <= before)
    })
  })
}

/** What only children with real pipes can do. */
export function pipesContract(driver: ChildDriver): void {
  describe(`pipes of ${driver.name}`, () => {
    let folder: string
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'playpipe-pipes-'))
    })
    afterAll(() => {
      rmSync(folder, { recursive: true })
      driver.close?.()
    })

    it('can be opened by their names', async () => {
      const script = join(folder, 'script.sh')
      writeFileSync(script, 'read line < /dev/stdin; echo "got $line" > /dev/stdout; echo complaint > /dev/stderr\n')
      const diary = new Diary()
      const env = { PATH: process.env.PATH! }
      const args = [script]
      const child = driver.start({ program: '/bin/sh', argv0: 'sh', args, env, delay: 0, killGrace: 1000 }, diary)
      await diary.ready
      child.write('something\n')
      expect(await diary.gone).toEqual({ kind: 'status', status: 0 })
      expect(diary.text).toBe('got something\n')
      await diary.told('stderr: complaint')
      await child.farewell()
    })
  })
}

function sha(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('hex')
}

/** Waits on a clock that stands still. */
async function spin(what: string, look: () => boolean): Promise<void> {
  for (let turn = 0; !look(); turn++) {
    if (turn > 2_000_000) throw new Error(`did not happen: ${what}`)
    await new Promise((wake) => setImmediate(wake))
  }
}
