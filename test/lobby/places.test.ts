import { pino } from 'pino'
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { resolveConfig } from '../../src/config.ts'
import type { RawOptions } from '../../src/options.ts'
import { serve } from '../../src/server.ts'
import { connect } from '../helpers.ts'
import { Asking } from './asking.ts'
import { temporaryFolder } from './fixtures.ts'

const MINUTE = 60_000

// What lapses does so by these; sockets and threads go on as they are.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] })
  return () => void vi.useRealTimers()
})

/** A server in this process, whose clock is ours, and a game for two that Ada has made and sits in. */
async function newGame(options: RawOptions = {}) {
  const flags = { addr: '127.0.0.1:0', transport: 'ws', killgrace: '0', idle: '0', json: 'true', ...options }
  const config = resolveConfig({ ...flags, lobby: 'true', guests: 'true', data: temporaryFolder() }, ['cat'])
  const { url, close } = await serve(config, { log: pino({ level: 'silent' }), flush: () => {} })
  onTestFinished(close)
  const server = { url: url.replace(/\/$/, '') }
  const api = await Asking.of(server)
  const logIn = async (name: string) => (await api.post('/guests', { name })).json.token as string
  const [ada, bob] = [await logIn('Ada'), await logIn('Bob')]
  const { game, ticket } = (await api.post('/games', { seats: 2 }, { token: ada })).json
  const enter = (ticket: string, path = game.room) => connect(server, `/${path}?token=${ticket}`)
  const maker = await enter(ticket)
  const leaves = (id: number) => maker.until((frame) => frame === `{"t":"Leave","_from":${id}}`)
  await maker.until((frame) => frame.includes('Join'))
  const ticketOf = async (token: string, wish = {}) =>
    (await api.post(`/games/${game.id}/ticket`, wish, { token })).json.ticket as string
  const names = async () =>
    (await api.get(`/games/${game.id}`)).json.players.map(({ name }: { name: string }) => name) as string[]
  return { enter, leaves, bob, ticketOf, names }
}

it('a place lapses where its ticket was handed in at another room', async () => {
  const { enter, bob, ticketOf, names } = await newGame()
  const away = await enter(await ticketOf(bob), 'elsewhere')
  expect(await away.closed).toMatchObject({ code: 4403 })
  expect(await names()).toEqual(['Ada', 'Bob'])
  vi.advanceTimersByTime(1.1 * MINUTE)
  expect(await names()).toEqual(['Ada'])
})

it('a place lapses where the room had no seat left', async () => {
  const { enter, bob, ticketOf, names } = await newGame({ maxconns: '1' })
  expect(await (await enter(await ticketOf(bob), 'ws')).closed).toMatchObject({ code: 4503 })
  vi.advanceTimersByTime(1.1 * MINUTE)
  expect(await names()).toEqual(['Ada'])
})

it('a place is held by each seat that a ticket to play has opened, and a minute longer', async () => {
  const { enter, leaves, bob, ticketOf, names } = await newGame()
  const one = await enter(await ticketOf(bob))
  const two = await enter(await ticketOf(bob))
  const watching = await enter(await ticketOf(bob, { watch: true }))
  for (const [id, client] of [one, watching].entries()) {
    await client.close()
    await leaves(2 + 2 * id)
    vi.advanceTimersByTime(10 * MINUTE)
    expect(await names()).toEqual(['Ada', 'Bob'])
  }
  await two.close()
  await leaves(3)
  vi.advanceTimersByTime(0.9 * MINUTE)
  expect(await names()).toEqual(['Ada', 'Bob'])
  vi.advanceTimersByTime(0.2 * MINUTE)
  expect(await names()).toEqual(['Ada'])
})
