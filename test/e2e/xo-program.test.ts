import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished, test } from 'vitest'
import { START } from '../../public/xo/fold.js'
import { eventually } from '../helpers.ts'
import { serving, temporaryFolder } from './serving.ts'
import { GAMES, linesOf, Player, PROGRAMS } from './xo-player.ts'

describe('a table that a lobby has set', () => {
  /** The game's program alone, as a lobby starts it. */
  function program(...args: string[]) {
    const child = spawn('python3', ['game.py', '--seed', '5', ...args], { cwd: PROGRAMS })
    onTestFinished(() => void child.kill())
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    return {
      write: (line: unknown) => child.stdin.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`),
      /** Lines up to one of this type. */
      async until(holds: (line: Record<string, unknown>) => boolean) {
        const seen: Record<string, unknown>[] = []
        for (;;) {
          const { value, done } = await lines.next()
          if (done) throw new Error('the program has ended')
          seen.push(JSON.parse(value))
          if (holds(seen.at(-1)!)) return seen
        }
      },
      async end() {
        child.stdin.end()
        return (await once(child, 'exit'))[0]
      },
    }
  }
  const join_ = (_from: number, more: object = {}) => ({
    t: 'Join',
    _from,
    _sub: '',
    _name: '',
    _guest: '',
    _bot: false,
    _sys: true,
    ...more,
  })

  test('has its parameters, which no player changes', async () => {
    const game = program()
    game.write({ t: 'Create', params: { side: 5, line: 5 }, _sys: true })
    game.write(join_(1, { _sub: 'u1', _name: 'Ada', _guest: 'Eve' }))
    const welcome = (await game.until(({ type }) => type === 'welcome')).at(-1)!
    expect(welcome).toMatchObject({ you: 'user:u1', set: true, state: { side: 5, line: 5 } })
    game.write({ type: 'game_init', data: { side: 3 }, ref: 1, _from: 1 })
    expect((await game.until(({ type }) => type === 'answer')).at(-1)).toMatchObject({ ok: false, ref: 1 })
    game.write({ type: 'rename', data: { name: 'Eve' }, ref: 2, _from: 1 })
    expect((await game.until(({ type }) => type === 'answer')).at(-1)).toMatchObject({ ok: false, ref: 2 })
    game.write({ t: 'Create', params: { side: 3, line: 3 }, _sys: true })
    game.write({ t: 'Join', _from: 7, _sub: 'u1', ref: 3 })
    game.write(join_(2, { _sub: 'u1', _name: 'Ada' }))
    const again = (await game.until(({ type }) => type === 'welcome')).at(-1)!
    expect(again).toMatchObject({ _to: 2, you: 'user:u1', state: { side: 5, seats: [{ name: 'Ada' }, null] } })
    // Gone in one window, here in the other; then in neither.
    game.write({ t: 'Leave', _from: 1, _sys: true })
    game.write({ type: 'move', ref: 4, _from: 2 })
    const lines = await game.until(({ type }) => type === 'answer')
    expect(lines.filter(({ name }) => name === 'player_left')).toEqual([])
    game.write({ t: 'Leave', _from: 2, _sys: true })
    await game.until(({ name }) => name === 'player_left')
    expect(await game.end()).toBe(0)
  })

  test.each([[{}], [{ side: 99 }], [{ side: 4, line: 9 }], [{ side: '5' }]])(
    'is the usual one where there is none like %j',
    async (params) => {
      const game = program()
      game.write({ t: 'Create', params, _sys: true })
      game.write(join_(1))
      const [welcome] = (await game.until(({ type }) => type === 'welcome')).slice(-1)
      expect(welcome).toMatchObject({ state: { side: 6, line: 4 } })
    },
  )

  test('asks for a bot when somebody has waited alone, and sends it away when it is not needed', async () => {
    const game = program()
    game.write({ t: 'Create', params: { side: 3, line: 3, alone: 20 }, _sys: true })
    game.write(join_(1))
    await game.until((line) => line._timer === 'alone' && line.ms === 20_000)
    game.write({ t: 'Timer', timer: 'alone', _sys: true })
    await game.until((line) => line._bots === 1)
    game.write(join_(2, { _bot: true }))
    await game.until(({ name }) => name === 'game_started')
    // It breaks down, and has its place when it is back.
    game.write({ t: 'Leave', _from: 2, _sys: true })
    await game.until((line) => line._timer === 'bot')
    game.write(join_(3, { _bot: true }))
    const [back] = (await game.until(({ type }) => type === 'welcome')).slice(-1)
    expect(back).toMatchObject({ you: 'bot', state: { phase: 'playing' } })
    game.write({ t: 'Leave', _from: 3, _sys: true })
    game.write({ t: 'Timer', timer: 'bot', _sys: true })
    const end = await game.until((line) => line._bots === 0)
    expect(end.find(({ name }) => name === 'game_over')).toMatchObject({ data: { winner: 0, by: 'left' } })
  })

  test('reads on after lines that make no sense', async () => {
    const game = program()
    for (const line of [
      '',
      'x',
      '[]',
      '7',
      'null',
      '{}',
      '{"t":"Join"}',
      '{"t":"Join","_sys":true,"_from":"1"}',
      '{"t":"Create","_sys":true,"params":3}',
      `${'['.repeat(99_999)}`,
      `{"a":${'9'.repeat(9999)}}`,
      '{"_from":5,"type":"move"}',
      '{"t":"Leave","_from":9,"_sys":true}',
      '{"t":"Timer","timer":"bot","_sys":true}',
    ])
      game.write(line)
    game.write(join_(1, { _guest: '\ud800' }))
    await game.until(({ name }) => name === 'player_joined')
    for (const ref of [1.5, 1e308, 2 ** 60, [1], { a: 1 }, 'x'.repeat(65)]) {
      game.write({ type: 'move', ref, _from: 1 })
      expect((await game.until(({ type }) => type === 'answer')).at(-1)!.ref).toBeNull()
    }
    expect(await game.end()).toBe(0)
  })
})

describe('the bot', () => {
  /** The bot's program: shown a board, it says its move. */
  function bot(...args: string[]) {
    const child = spawn('python3', ['bot.py', '--pace', '0', '--seed', '3', ...args], {
      cwd: PROGRAMS,
    })
    onTestFinished(() => void child.kill())
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    let seq = 0
    return async (cells: string, side: number, line: number): Promise<number> => {
      const moves = cells.replaceAll('.', '').length
      const seats = [
        { player: 'bot', name: 'Pip', bot: true },
        { player: 'client:1', name: 'Ada', bot: false },
      ]
      const first = moves % 2 === 0 ? 0 : 1
      const state = { ...START, seq: ++seq, side, line, phase: 'playing', seats, first, turn: 0, cells, moves: [] }
      child.stdin.write(`${JSON.stringify({ type: 'welcome', you: 'bot', state, events: [], _to: 1 })}\n`)
      const { value } = await lines.next()
      const { data } = JSON.parse(value) as { data: { x: number; y: number } }
      return data.y * side + data.x
    }
  }
  const put = (cells: string, at: number, mark: string) => cells.slice(0, at) + mark + cells.slice(at + 1)

  test('never loses on 3×3, whatever the other one plays', async () => {
    const ask = bot()
    const ends = { won: 0, drawn: 0 }
    const seen = new Set<string>()
    /** The bot is to move, or the other one is; every move of his is tried. */
    async function explore(cells: string, mine: 'X' | 'O', myTurn: boolean): Promise<void> {
      if (seen.has(cells + mine)) return
      seen.add(cells + mine)
      const theirs = mine === 'X' ? 'O' : 'X'
      expect(linesOf(cells, 3, 3, theirs).size, cells).toBe(0)
      if (linesOf(cells, 3, 3, mine).size > 0) ends.won++
      else if (!cells.includes('.')) ends.drawn++
      else if (myTurn) {
        const at = await ask(cells, 3, 3)
        expect(cells[at], cells).toBe('.')
        await explore(put(cells, at, mine), mine, false)
      } else for (let at = 0; at < 9; at++) if (cells[at] === '.') await explore(put(cells, at, theirs), mine, true)
    }
    await explore('.........', 'X', true)
    await explore('.........', 'O', false)
    expect(ends.won).toBeGreaterThan(20)
    expect(ends.drawn).toBeGreaterThan(5)
  })

  test('takes a win, stops one, and plays on boards of every size', async () => {
    const ask = bot()
    const row = (...rows: string[]) => rows.join('')
    // Three of four, and O has three as well: X wins at once.
    expect(await ask(row('XOOO..', 'X.....', 'X.....', '......', '......', '......'), 6, 4)).toBe(18)
    // O has three of four with one end open: X stops it.
    expect(await ask(row('OOO...', 'X.X...', '......', '..X...', '......', '......'), 6, 4)).toBe(3)
    // A middle with both ends open becomes four for sure; the other's three are still two.
    expect([0, 3]).toContain(await ask(row('.XX.', 'O...', '.O..', '....'), 4, 3))
    for (const [side, line] of [
      [10, 5],
      [10, 10],
      [7, 4],
      [4, 4],
    ] as const)
      expect(await ask('.'.repeat(side * side), side, line)).toBeLessThan(side * side)
  })

  test('comes when it is invited, plays to the end and again, and gives way to a person', async () => {
    const server = await serving(GAMES)
    const ada = await Player.join(server, 'den', '?name=Ada')
    await ada.until(() => ada.seat === 0)
    await ada.ask('game_init', { side: 3, line: 3 })
    expect(await ada.ask('invite_bot')).toMatchObject({ ok: true })
    await ada.until(() => ada.state.phase === 'playing')
    expect(ada.state.seats[1]).toEqual({ player: 'bot', name: 'Pip', bot: true })
    const over = () => ada.state.phase === 'over'
    const finish = async () => {
      while (ada.state.phase === 'playing') {
        await ada.until(() => ada.state.turn === ada.seat || over())
        if (over()) return
        const at = ada.state.cells.indexOf('.')
        // The line behind a winning move says that the game is over.
        const { ok } = await ada.ask('move', { x: at % 3, y: Math.floor(at / 3) })
        if (!ok || !ada.state.cells.includes('.')) await ada.until(over)
      }
    }
    await finish()
    expect(ada.state.result!.winner).not.toBe(ada.seat)
    expect(await ada.ask('rematch')).toMatchObject({ ok: true })
    expect(ada.state).toMatchObject({ phase: 'playing', game: 2 })
    await finish()
    const bob = await Player.join(server, 'den', '?name=Bob')
    await bob.until(() => bob.state.phase === 'playing')
    expect(bob.state.seats.map((seat) => seat!.name)).toEqual(['Ada', 'Bob'])
    await eventually('the bot is gone', () => /client 2 left/.test(server.log()))
  }, 60_000)

  test('comes by itself where the game is told to send one', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'xo'))
    for (const file of 'bot brain fold game people rules table'.split(' '))
      symlinkSync(join(PROGRAMS, `${file}.py`), join(folder, 'xo', `${file}.py`))
    writeFileSync(
      join(folder, 'xo', 'game.json'),
      JSON.stringify({
        command: ['./game.py', '--alone', '1'],
        bot: './bot.py --pace 0',
        frame: 'json',
        joinmsg: '{"t":"Join","_from":#ID,"_guest":"#PARAM_NAME","_bot":#BOT,"_sys":true}',
        leavemsg: '{"t":"Leave","_from":#ID,"_sys":true}',
      }),
    )
    const server = await serving(['--games', folder])
    const ada = await Player.join(server, 'den', '?name=Ada')
    await ada.until(() => ada.state.phase === 'playing')
    expect(ada.state.seats[1]).toMatchObject({ bot: true })
  })
})
