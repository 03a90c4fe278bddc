import { run } from './host.ts'
import { parseLine } from './lines.ts'
import { Player } from './player.ts'

run((host) => {
  const player = new Player()
  host.serve((line) => {
    const message = parseLine(line)
    const answer = typeof message === 'object' && message !== null ? player.take(message) : undefined
    return answer ? [JSON.stringify(answer)] : []
  })
})
