import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ROOT } from '../helpers.ts'
import type { Line } from './fake-room.ts'

const HOME = join(ROOT, 'games', 'bigtwo')
const PLAY = join(HOME, 'play')

const hasQuickJs = spawnSync('qjs', ['-q']).status === 0
if (!hasQuickJs) console.warn('not tested on QuickJS: there is no qjs here')
const ENGINES = hasQuickJs ? ['node', 'qjs'] : ['node']

const onlyNode = mkdtempSync(join(tmpdir(), 'bigtwo-'))
symlinkSync(process.execPath, join(onlyNode, 'node'))
afterAll(() => rmSync(onlyNode, { recursive: true }))
/** Where `play` finds each engine, and not the other one where that is Node. */
const PATHS: Record<string, string | undefined> = { node: onlyNode, qjs: process.env.PATH }

function run(engine: string, args: readonly string[], input: string) {
  const { status, stdout, stderr } = spawnSync(PLAY, args, { input, encoding: 'utf8', env: { PATH: PATHS[engine] } })
  const lines: Line[] = stdout
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text))
  return { status, stderr, stdout, lines }
}

const joined = (id: number, name = '', bot = false) =>
  `${JSON.stringify({ t: 'Join', _from: id, _name: name, _bot: bot, _sys: true })}\n`
const four = [1, 2, 3, 4].map((id) => joined(id)).join('')

describe.each(ENGINES)('on %s', (engine) => {
  it('the game answers lines and ends with its input', () => {
    const { status, stderr, lines } = run(engine, ['game', '--fill', '2500'], joined(1, 'Ädä 🂡'))
    expect([status, stderr]).toEqual([0, ''])
    const table = lines.find(({ t }) => t === 'Table')
    expect(table).toMatchObject({ seats: [{ name: 'Ädä 🂡' }, null, null, null], fill: 2500, _to: 1 })
    expect(lines).toContainEqual({ _timer: 'fill1', ms: 2500, n: expect.any(Number) })
  })

  it('answers each line at once', async () => {
    const child = spawn(PLAY, ['game', '--fill=0'], { env: { PATH: PATHS[engine] } })
    child.stdin.write(joined(1))
    expect(String((await once(child.stdout, 'data'))[0])).toContain('"t":"Table"')
    child.stdin.write('{"t":"Chat","text":"hello","_from":1}\n')
    let heard = ''
    while (!heard.includes('hello')) heard += String((await once(child.stdout, 'data'))[0])
    child.stdin.end()
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('takes lines in pieces, and characters too', async () => {
    const child = spawn(PLAY, ['game'], { env: { PATH: PATHS[engine] } })
    const bytes = Buffer.from(joined(1, '🂡ß'))
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    for (const byte of bytes) child.stdin.write(Buffer.of(byte))
    child.stdin.end()
    await once(child, 'close')
    expect(text).toContain('"name":"🂡ß"')
  })

  it('passes over what is no line', () => {
    const deep = `{"t":"Chat","text":${'['.repeat(100_000)}${']'.repeat(100_000)},"_from":1}\n`
    const bad = ['', 'no json', '{', 'null', '7', '"\\ud800"', '{"t":1}'].join('\n')
    const { status, lines } = run(
      engine,
      ['game'],
      `${joined(1)}${bad}\n${deep}{"t":"Chat","text":"still here","_from":1}\n`,
    )
    expect(status).toBe(0)
    expect(lines.at(-1)).toMatchObject({ t: 'Chat', text: 'still here' })
  })

  it('deals the same with the same --seed, on any engine, and by chance without', () => {
    // Without times that are to come, which differ by a millisecond.
    const now = ['game', '--pace', '0', '--fill', '0']
    const seeded = (seed: number, on: string) => run(on, [...now, '--seed', `${seed}`], four).stdout
    expect(seeded(5, engine)).toContain('"t":"Deal"')
    expect(seeded(5, engine)).toBe(seeded(5, 'node'))
    expect(seeded(5, engine)).not.toBe(seeded(6, engine))
    const chance = () => run(engine, ['game', '--pace', '0'], four).lines.find(({ t }) => t === 'Hand')
    expect(chance()).not.toEqual(chance())
  })

  it.each([
    [['--turm', '5'], '--turm: no such option; there are --turn --fill --pace --rest --seed'],
    [['5'], '5: no such option; there are --turn --fill --pace --rest --seed'],
    [['--turn'], '--turn wants a whole number of milliseconds, not ""'],
    [['--turn', '0'], '--turn wants a whole number of milliseconds, not "0"'],
    [['--rest', '-1'], '--rest wants a whole number of milliseconds, not "-1"'],
    [['--fill=1e3'], '--fill wants a whole number of milliseconds, not "1e3"'],
    [['--seed', 'x'], '--seed wants a whole number, not "x"'],
    [['--toString', '1'], '--toString: no such option; there are --turn --fill --pace --rest --seed'],
  ])('%j is refused in one line', (options, why) => {
    expect(run(engine, ['game', ...options], '')).toMatchObject({ status: 2, stderr: `${why}\n`, stdout: '' })
  })

  it('the bot plays when it is its turn, and says nothing else', () => {
    const hand = ['3D', '4D', '4C', '9H', '2S']
    const table = {
      t: 'Table',
      you: 1,
      hand,
      counts: [13, 5, 13, 13],
      turn: 0,
      trick: null,
      passed: [],
      opening: false,
    }
    const turn = { t: 'Turn', seat: 1, trick: { seat: 0, cards: ['8H'] }, passed: [false, false, false, false] }
    const lines = [table, { t: 'Chat', text: 'hi' }, { t: 'Seats', seats: [] }, { ...turn, seat: 2 }, turn]
    const answer = run(engine, ['bot'], `\nno json\n${lines.map((line) => JSON.stringify(line)).join('\n')}\n`)
    expect(answer).toMatchObject({ status: 0, stderr: '' })
    expect(answer.lines).toEqual([{ t: 'Play', cards: ['9H'] }])
  })

  it('the bot plays at once where it takes a seat whose turn it is', () => {
    const table = {
      t: 'Table',
      you: 2,
      hand: ['3D', '3S'],
      counts: [13, 13, 2, 13],
      turn: 2,
      trick: null,
      passed: [false, false, false, false],
      opening: true,
    }
    expect(run(engine, ['bot'], `${JSON.stringify(table)}\n`).lines).toEqual([{ t: 'Play', cards: ['3D', '3S'] }])
  })
})

describe('play', () => {
  it('says what is missing', () => {
    const empty = mkdtempSync(join(tmpdir(), 'bigtwo-'))
    copyFileSync(PLAY, join(empty, 'play'))
    const { status, stderr } = spawnSync(join(empty, 'play'), ['game'], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([1, `${empty}/dist/game.mjs is missing: npm run build\n`])
    expect(spawnSync(PLAY, [], { encoding: 'utf8' }).stderr).toMatch(/game or bot/)
    rmSync(empty, { recursive: true })
  })

  it.each(['play', './play'])('finds its programs from their own folder: sh %s', (name) => {
    const { stdout } = spawnSync('sh', [name, 'game'], { cwd: HOME, input: joined(1), encoding: 'utf8' })
    expect(stdout).toContain('"t":"Table"')
  })
})

describe('the build', () => {
  it('makes modules that import nothing when they are loaded', () => {
    const made = ['games/bigtwo/dist/game.mjs', 'games/bigtwo/dist/bot.mjs', 'public/bigtwo/rules.js']
    for (const file of made)
      expect(readFileSync(join(ROOT, file), 'utf8')).not.toMatch(/^\s*import\b|\bimport\s*["{*]/m)
  })

  it('gives the page the rules', async () => {
    const rules = await import(join(ROOT, 'public', 'bigtwo', 'rules.js'))
    expect(Object.keys(rules)).toEqual(Object.keys(await import('../../games/bigtwo/rules.ts')).sort())
    expect(rules.combine(rules.parseCards(['3D', '3S'])).kind).toBe('pair')
  })

  it('is started by a game.json whose lines the game believes', () => {
    const { joinmsg, leavemsg, command, bot } = JSON.parse(readFileSync(join(HOME, 'game.json'), 'utf8'))
    expect([command, bot]).toEqual([['./play', 'game'], './play bot'])
    const line = (template: string) =>
      template.replace('#ID', '1').replace('#PARAM_NAME', 'Ada').replace('#BOT', 'false')
    const { lines } = run('node', ['game'], `${line(joinmsg)}\n${line(leavemsg)}\n`)
    const table = lines.find(({ t }) => t === 'Table')
    expect(table).toMatchObject({ seats: [{ name: 'Ada', bot: false }, null, null, null] })
    expect(lines.filter(({ t }) => t === 'Seats').at(-1)!.seats).toEqual([null, null, null, null])
  })
})
