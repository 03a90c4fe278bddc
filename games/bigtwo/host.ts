import type { Random } from './deck.ts'

/**
 * What a program needs of the engine that runs it: QuickJS or Node. A card table waits nearly all of its life, and QuickJS waits in a small
 * part of Node's memory. Reading blocks: neither program has anything to do but answer lines.
 */
export interface Host {
  /** The words behind the script's name. */
  readonly args: readonly string[]
  /** Answers each line that is read with lines to print, until stdin ends. */
  serve(answer: (line: string) => readonly string[]): void
  /** Milliseconds of no fixed beginning. */
  now(): number
  /** From the system's own source, so that nobody foresees a deal. */
  random: Random
  /** Says why on stderr and ends with status 2. */
  fail(why: string): never
}

/** A file of QuickJS. */
interface File {
  getline(): string | null
  read(buffer: ArrayBuffer, position: number, length: number): number
  puts(text: string): void
  flush(): void
}

/** What QuickJS adds to its globals under `--std`. */
interface Std {
  readonly in: File
  readonly out: File
  readonly err: File
  open(path: string, mode: string): File | null
  exit(status: number): never
}

/** What is used of `node:fs`. */
interface Files {
  openSync(path: string, flags: string): number
  readSync(file: number, buffer: Uint8Array): number
  writeSync(file: number, buffer: Uint8Array, offset: number): number
}

interface Engine {
  readonly std?: Std
  readonly scriptArgs?: readonly string[]
  readonly performance?: { now(): number }
  readonly process?: { readonly argv: readonly string[]; exit(status: number): never }
  readonly TextDecoder: new () => { decode(bytes: Uint8Array, options: { stream: true }): string }
  readonly TextEncoder: new () => { encode(text: string): Uint8Array }
}

const engine = globalThis as unknown as Engine

/**
 * What keeps V8 small for a program that works some milliseconds an hour: no optimizing compiler, and a young generation that does not grow.
 * Set here and not on the command line, where any flag makes Node throw away the compiled code that it brings, 7 ms at each start.
 */
const SMALL = ['--no-opt', '--semi-space-growth-factor=1']

/** Runs a program on whatever engine this is. */
export async function run(program: (host: Host) => void): Promise<void> {
  if (engine.std) return program(onQuickJs(engine.std))
  // No literals: QuickJS must not look for these, nor TypeScript for their types.
  const [fs, v8] = ['node:fs', 'node:v8']
  const { setFlagsFromString } = await import(v8!)
  for (const flag of SMALL) setFlagsFromString(flag)
  program(onNode(await import(fs!)))
}

function onQuickJs(std: Std): Host {
  const chance = std.open('/dev/urandom', 'rb')
  return {
    args: engine.scriptArgs!.slice(1),
    serve(answer) {
      for (let line = std.in.getline(); line !== null; line = std.in.getline()) {
        for (const text of answer(line)) std.out.puts(`${text}\n`)
        std.out.flush()
      }
    },
    now,
    random: drawn((bytes) => chance?.read(bytes.buffer as ArrayBuffer, 0, bytes.length)),
    fail(why) {
      std.err.puts(`${why}\n`)
      return std.exit(2)
    },
  }
}

function onNode(fs: Files): Host {
  const chance = fs.openSync('/dev/urandom', 'r')
  const write = (file: number, text: string) => {
    const bytes = new engine.TextEncoder().encode(text)
    // A signal may cut a write short.
    for (let done = 0; done < bytes.length; ) done += fs.writeSync(file, bytes, done)
  }
  return {
    args: engine.process!.argv.slice(2),
    serve(answer) {
      const chunk = new Uint8Array(16_384)
      const decoder = new engine.TextDecoder()
      let text = ''
      for (;;) {
        const length = fs.readSync(0, chunk)
        if (length === 0) return
        text += decoder.decode(chunk.subarray(0, length), { stream: true })
        const lines = text.split('\n')
        text = lines.pop()!
        // One write for all that one read brought.
        const answers = lines.flatMap(answer)
        if (answers.length > 0) write(1, `${answers.join('\n')}\n`)
      }
    },
    now,
    random: drawn((bytes) => fs.readSync(chance, bytes)),
    fail(why) {
      write(2, `${why}\n`)
      return engine.process!.exit(2)
    },
  }
}

const now = () => engine.performance?.now() ?? Date.now()

/** Numbers made of bytes that `fill` gets, some hundred at a time. */
function drawn(fill: (bytes: Uint8Array) => number | undefined): Random {
  const bytes = new Uint8Array(512)
  const words = new Uint32Array(bytes.buffer)
  let next = words.length
  return () => {
    if (next === words.length) {
      if (fill(bytes) !== bytes.length) throw new Error('/dev/urandom gives nothing')
      next = 0
    }
    return words[next++]! / 2 ** 32
  }
}
