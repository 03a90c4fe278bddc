import { pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { LogConfig } from './config.ts'

export type Log = pino.Logger

/** What may wait for a stderr that nobody reads, in bytes, before lines are dropped: a log must never stop a game. */
const MAX_WAITING = 64 * 1024 * 1024

export interface LogHandle {
  readonly log: Log
  /** Writes what waits, at once. */
  flush(): void
}

/** Logs go to stderr, never waiting for it. */
export function createLog(config: LogConfig): LogHandle {
  const stderr = pino.destination({ dest: 2, sync: false, maxLength: MAX_WAITING })
  const pretty = prettyFactory({
    colorize: process.stderr.isTTY === true && !process.env.NO_COLOR,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname,room,client,url',
    messageFormat: '{if room}{room}: {end}{msg}',
    singleLine: true,
  })
  const text = { write: (line: string) => stderr.write(pretty(line)) }
  const log = pino({ level: config.level, base: null }, config.format === 'json' ? stderr : text)
  return {
    log,
    flush: () => {
      try {
        stderr.flushSync()
      } catch (error) {
        // The reader of stderr is gone, or slower than we may wait: there is nobody left to tell.
        process.exitCode ??= (error as NodeJS.ErrnoException).errno ? 1 : 0
      }
    },
  }
}
