import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { ROOT } from '../helpers.ts'
import { serving, temporaryFolder } from './serving.ts'

it('the lines of docs/lobby.md lead from a sign-up to the end of a game', { timeout: 60_000 }, async () => {
  const folder = temporaryFolder()
  const server = await serving(['--lobby', '--data', join(folder, 'data'), '--games', 'games'])
  const page = readFileSync(join(ROOT, 'docs', 'lobby.md'), 'utf8')
  const lines = /```sh\n([\s\S]*?)```/.exec(page)![1]!
  writeFileSync(join(folder, 'player.mjs'), /```js\n(const \[ticket[\s\S]*?)```/.exec(page)![1]!)
  // What Node 20 lacks. A browser's hears nothing any more once it is being closed; the one of ws does.
  const ws = pathToFileURL(join(ROOT, 'node_modules', 'ws', 'wrapper.mjs'))
  const polyfill = `import WebSocket from '${ws}'
globalThis.WebSocket ??= class extends WebSocket {
  close() {
    this.onmessage = null
    super.close()
  }
}
`
  writeFileSync(join(folder, 'websocket.mjs'), polyfill)
  const NODE_OPTIONS = `--import ${pathToFileURL(join(folder, 'websocket.mjs'))}`
  // Each answer on a line of its own.
  const script = lines.replaceAll(/^(?:post|curl) [^>\n]*$/gm, '$&; echo')
  // Node's pipes are sockets: a bash without a shell above it takes itself for one of rshd, and reads its rc files.
  const shell = spawn('bash', ['--norc', '-euc', script], {
    cwd: folder,
    env: { ...process.env, HOST: server.url, NODE_OPTIONS },
  })
  let printed = ''
  for (const stream of [shell.stdout, shell.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk
    })
  const status = await new Promise((resolve) => shell.once('close', resolve))
  expect(status, printed).toBe(0)
  const answers = printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
  const [ada, bob, again, me, list, match, over] = answers
  expect([ada, bob].map(({ player }) => player.name)).toEqual(['Ada', 'Bob'])
  expect(again.player).toEqual(ada.player)
  expect(me.player).toEqual(ada.player)
  expect(list.games).toMatchObject([{ players: [ada.player], parameters: { side: 3, line: 3 }, seats: 2 }])
  expect(match).toMatchObject({ created: true, game: { players: [bob.player] } })
  expect(answers).toHaveLength(7)
  const other = JSON.parse(readFileSync(join(folder, 'ada.log'), 'utf8'))
  expect([over, other].map(({ winner, by }) => [winner, by])).toEqual([
    [over.winner, 'line'],
    [over.winner, 'line'],
  ])
  expect([over.seat, other.seat].sort()).toEqual([0, 1])
})
