import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { onTestFinished, test } from 'vitest'
import game from '../../games/bigtwo/game.json' with { type: 'json' }
import { folderOfGames } from '../e2e/serving.ts'
import { BIN, connect, eventually, freePort, ROOT, startServer, type TestClient } from '../helpers.ts'
import { FaultyProxy } from '../proxy.ts'

const FOLDER = join(ROOT, 'games', 'bigtwo')

/** A server whose tables wait for nobody but their players. */
function tables(): string[] {
  const options = '--turn 60000 --fill 600000 --pace 0 --rest 50 --seed 5'.split(' ')
  const bigtwo = {
    ...game,
    staticdir: undefined,
    bot: `"${join(FOLDER, 'play')}" bot`,
    command: [join(FOLDER, 'play'), 'game', ...options],
  }
  return ['--games', folderOfGames({ bigtwo }), '--killgrace', '0.3']
}

/** The bot of Big Two in a seat of a server elsewhere. */
function bot(port: number, name: string): { log(): string } {
  const url = `ws://127.0.0.1:${port}/bigtwo/den?name=${name}`
  const child = spawn(process.execPath, [BIN, 'connect', '--killgrace', '0.3', url, join(FOLDER, 'play'), 'bot'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let text = ''
  child.stderr.on('data', (chunk) => (text += chunk))
  onTestFinished(async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'close')
  })
  return { log: () => text }
}

const over = (watcher: TestClient) => watcher.until((frame) => JSON.parse(frame).t === 'Over')
const seated = (log: string, id: number) => log.match(new RegExp(`sits as client ${id}\\b`, 'g'))?.length ?? 0

test('four bots from elsewhere play deal after deal, through a cut and a restart of the server', {
  timeout: 60_000,
}, async () => {
  const addr = `127.0.0.1:${await freePort()}`
  const first = await startServer(tables(), { addr })
  const proxy = new FaultyProxy(first.port)
  onTestFinished(() => proxy.stop())
  const way = await proxy.start()

  const shaky = bot(way, 'Shaky')
  await first.logged(/client 1 joined/)
  const others = ['Ann', 'Bob', 'Cyd'].map((name) => bot(first.port, name))
  await first.logged(/client 4 joined/)
  const watcher = await connect(first, '/bigtwo/den')
  await over(watcher)
  proxy.strike('cut', () => 0)
  const [away] = (await watcher.until((frame) => frame.includes('"away":true'))).slice(-1)
  const seat = JSON.parse(away!).seats.findIndex((one: { name: string }) => one.name === 'Shaky')
  await watcher.until((frame) => {
    const { t, seats } = JSON.parse(frame)
    return t === 'Seats' && seats[seat].id === 1 && seats[seat].away === false
  })
  await over(watcher)
  await eventually('it has its seat again', () => shaky.log().includes('has its seat 1 again'))

  await first.stop()
  const second = await startServer(tables(), { addr })
  onTestFinished(async () => void (await second.stop()))
  await second.logged(/client 4 joined/)
  await over(await connect(second, '/bigtwo/den'))
  await eventually('every one of them sits anew', () =>
    [shaky, ...others].every(({ log }) => [1, 2, 3, 4].reduce((sum, id) => sum + seated(log(), id), 0) === 2),
  )
})
