import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ConfigError, resolveConfig } from '../src/config.ts'
import type { RawOptions } from '../src/options.ts'

/** A folder of games: what stands in the game.json of each. */
function folderOf(games: Record<string, unknown>): string {
  const folder = mkdtempSync(join(tmpdir(), 'playpipe-games-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(games)) {
    mkdirSync(join(folder, name, 'page'), { recursive: true })
    if (content !== undefined)
      writeFileSync(join(folder, name, 'game.json'), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return folder
}

const read = (games: Record<string, unknown>, raw: RawOptions = {}, command: string[] = []) =>
  resolveConfig({ games: folderOf(games), ...raw }, command)

function mistake(games: Record<string, unknown>, raw: RawOptions = {}): string {
  try {
    read(games, raw)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message
  }
  throw new Error('it is no mistake')
}

describe('a folder of games', () => {
  it('has one for each folder with a game.json, which runs in its own folder', () => {
    const folder = folderOf({
      xo: { command: ['./xo.py'] },
      bigtwo: { command: './play', json: true },
      notes: undefined,
    })
    const { games, room } = resolveConfig({ games: folder }, [])
    expect([...games.keys()]).toEqual(['bigtwo', 'xo'])
    expect(room).toBeUndefined()
    expect(games.get('bigtwo')).toMatchObject({
      room: { command: './play', args: [], cwd: join(folder, 'bigtwo'), toChild: 'json' },
      staticDir: undefined,
    })
  })

  it('may lie among files of any kind', () => {
    const folder = folderOf({ xo: { command: ['./xo.py'] } })
    writeFileSync(join(folder, 'README.md'), '# My games')
    symlinkSync('loop', join(folder, 'loop'))
    expect([...resolveConfig({ games: folder }, []).games.keys()]).toEqual(['xo'])
  })

  it('names what is served of a game, as seen from its folder', () => {
    const folder = folderOf({ xo: { command: ['./xo.py'], staticdir: 'page' } })
    expect(resolveConfig({ games: folder }, []).games.get('xo')!.staticDir).toBe(join(folder, 'xo', 'page'))
  })

  it('goes by the command line in what a game does not say itself', () => {
    const { games } = read(
      { a: { command: ['./a'] }, b: { command: ['./b'], linger: 2, frame: 'json' } },
      { linger: '7', json: 'true', port: '80' },
    )
    expect([...games.values()].map(({ room }) => [room.linger, room.join === undefined])).toEqual([
      [7000, false],
      [2000, true],
    ])
  })

  it('may stand beside a program of its own for rooms without a game', () => {
    expect(read({ xo: { command: ['./xo.py'] } }, {}, ['cat']).room).toMatchObject({ command: 'cat', cwd: undefined })
  })
})

describe('a mistake in a game names its file and what is wrong', () => {
  it.each<[string, unknown, RegExp]>([
    ['no JSON', '{"command":', /JSON/],
    ['no object', [1], /object/],
    ['no command', { json: true }, /command/],
    ['an unknown option', { command: ['a'], colour: 1 }, /"colour"/],
    ['an option of the server', { command: ['a'], port: 80 }, /"port".*server/],
    ['another folder of games', { command: ['a'], games: '.' }, /"games".*server/],
    ['options that exclude each other', { command: ['a'], binary: true, delimiters: ',' }, /--delimiters and --binary/],
    ['a value that makes no sense', { command: ['a'], tick: 0 }, /--tick 0/],
    [
      'a folder that is not there',
      { command: ['a'], staticdir: 'pages' },
      /--staticdir .*bad[\\/]pages: there is no such folder/,
    ],
  ])('%s', (_what, content, why) => {
    const message = mistake({ good: { command: ['a'] }, bad: content })
    expect(message).toMatch(/bad[\\/]game\.json: /)
    expect(message).toMatch(why)
    expect(message).not.toMatch(/[\r\n]/)
  })

  it('a name that can be no part of a path', () => {
    expect(mistake({ api: { command: ['a'] } })).toMatch(/api.*name/)
  })

  it('a folder without games', () => {
    expect(mistake({ notes: undefined })).toMatch(/--games .*game\.json/)
  })
})
