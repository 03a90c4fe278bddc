import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../helpers.ts'
import { serving, temporaryFolder } from './serving.ts'

it('the lines of docs/lobby.md lead from a sign-up to a ticket', { timeout: 60_000 }, async () => {
  const folder = temporaryFolder()
  const server = await serving(['--lobby', '--data', join(folder, 'data'), '--json', 'cat'])
  const lines = /```sh\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, 'docs', 'lobby.md'), 'utf8'))![1]!
  // Each answer on a line of its own.
  const script = lines.replaceAll(/^(?:post|curl) [^>\n]*$/gm, '$&; echo')
  const shell = spawn('bash', ['-euc', script], { cwd: folder, env: { ...process.env, HOST: server.url } })
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
  const [ada, bob, again, me, list, ticket, match] = answers
  expect([ada, bob].map(({ player }) => player.name)).toEqual(['Ada', 'Bob'])
  expect(again.player).toEqual(ada.player)
  expect(me.player).toEqual(ada.player)
  expect(list.games).toMatchObject([{ players: [ada.player], parameters: { size: 6 }, seats: 2 }])
  expect(ticket.game).toMatchObject({ id: list.games[0].id, state: 'running', players: [ada.player, bob.player] })
  expect(match).toMatchObject({ created: true, game: { players: [bob.player] } })
  expect(answers).toHaveLength(7)
})
