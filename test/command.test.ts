import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { resolveCommand } from '../src/child/command.ts'
import { ConfigError } from '../src/values.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'playpipe-command-'))
  mkdirSync(join(folder, 'bin'))
  for (const name of ['game.py', 'bin/play']) {
    writeFileSync(join(folder, name), '#!/bin/sh\n')
    chmodSync(join(folder, name), 0o755)
  }
  symlinkSync('loop', join(folder, 'loop'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function mistake(command: string, path = ''): string {
  try {
    resolveCommand(command, folder, path)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message
  }
  throw new Error('it is no mistake')
}

it('a command is found behind entries of the PATH that are files, loops or nothing', () => {
  const path = ['game.py', 'loop', 'nowhere', 'bin'].map((name) => join(folder, name)).join(delimiter)
  expect(resolveCommand('play', folder, path)).toBe(join(folder, 'bin', 'play'))
})

it.each([
  ['behind a file', './game.py/x'],
  ['in a loop', './loop'],
  ['behind a loop', 'loop/x'],
  ['too long for a name', 'x'.repeat(10_000)],
])('what would lie %s is no command', (_where, command) => {
  expect(mistake(command)).toMatch(/: no such command/)
})

it('a whole command line is no command: it has to come in words', () => {
  expect(mistake('python3 game.py --level 2')).toMatch(
    /: no such command.*words.*`playpipe -- python3 game\.py --level 2`.*\["python3", "game\.py", "--level", "2"\]/,
  )
})

it.each(['./bin', 'bin', 'bin/'])('%s is a folder, and is told so', (command) => {
  expect(mistake(command)).toBe(
    `${command}: it is a folder; say which program to run, as in \`playpipe ./bin/game.py\``,
  )
})
