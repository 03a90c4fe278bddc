import type { Line } from '../wire/codec.ts'

/** How a child ended. */
export type Exit =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'signal'; readonly signal: string }
  /** It did not start, or the connection to it failed. */
  | { readonly kind: 'failed'; readonly why: string }

/** What a room knows of the program that it runs. Bytes flow apart in both directions: neither ever waits for the other. */
export interface Child {
  /** For the log. */
  readonly name: string
  /** @returns false where the child has not taken it all yet: `drained` will say when to go on */
  write(data: Line): boolean
  /** Stops and goes on reading what the child prints. */
  pause(): void
  resume(): void
  /** Ends the child and its process group, gently first. Resolves when no member is left. */
  farewell(): Promise<void>
  /** SIGKILL to the process group, now. */
  kill(): void
}

export interface ChildEvents {
  output(chunk: Buffer): void
  drained(): void
  /** The child closed its input: what is written from now on reaches nobody. */
  deaf(): void
  /** A line for the log: stderr, or the stdout of a child that talks over TCP. */
  said(stream: 'stderr' | 'stdout', line: string): void
  /** Once, after the last output. */
  ended(exit: Exit): void
}

/** Everything that one child is started with. */
export interface Launch {
  readonly program: string
  readonly argv0: string
  readonly args: readonly string[]
  readonly env: Record<string, string>
  readonly cwd?: string
  /** Milliseconds; see the `--delay` of stdio and TCP. */
  readonly delay: number
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly killGrace: number
}

/** How long output is still read after an exit: a grandchild may hold the pipe open for ever. */
export const AFTER_EXIT = 200

/** Waits for something, but no longer than so many milliseconds. */
export async function within(ms: number, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([
    done,
    new Promise((wake) => {
      timer = setTimeout(wake, ms)
    }),
  ])
  clearTimeout(timer)
}
