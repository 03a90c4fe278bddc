import { el } from '/shared/dom.js'
import { playWords } from './legal.js'
import { counted, signed } from './words.js'

/** @typedef {import('./table.js').Table} Table */
/** @typedef {import('./table.js').Line} Line */

/** Says in words what happens at the table, for those who do not see it. */
export function voice() {
  const element = el('div', { class: 'pp-hidden', role: 'log', 'aria-live': 'polite', 'aria-label': 'What happens' })
  let said = ''

  /** @param {string} text */
  function announce(text) {
    if (!text) return
    said = text
    element.append(el('p', {}, text))
    while (element.children.length > 8) element.firstElementChild?.remove()
  }

  return {
    element,
    announce,
    /** @param {Line} line which the table has heard @param {Table} table */
    follow: (line, table) => announce(words(line, table)),
    get said() {
      return said
    },
  }
}

/** @param {Line} line @param {Table} table */
function words(line, table) {
  const mine = line.seat === table.you
  const who = mine ? 'You' : table.name(line.seat)
  switch (line.t) {
    case 'Table':
      return arrival(table)
    case 'Deal':
      return `Deal ${line.deal}: the cards are dealt.`
    case 'Turn':
      if (!mine) return ''
      if (!line.trick)
        return line.opening ? 'Your turn. You open the deal with the three of diamonds.' : 'Your turn. You lead.'
      return `Your turn. Beat ${playWords(line.trick.cards)}.`
    case 'Played': {
      const late = line.timer ? 'The time ran out. ' : ''
      const left = line.left === 0 ? '' : ` ${counted(line.left, 'card')} left.`
      return `${late}${who} ${mine ? 'play' : 'plays'} ${playWords(line.cards)}.${left}`
    }
    case 'Passed':
      return `${line.timer ? 'The time ran out. ' : ''}${who} ${mine ? 'pass' : 'passes'}.`
    case 'Trick':
      return `${who} ${mine ? 'win' : 'wins'} the trick.`
    case 'Over': {
      const win = line.winner === table.you ? 'You win the deal.' : `${table.name(line.winner)} wins the deal.`
      return typeof table.you === 'number' ? `${win} ${signed(line.points[table.you])} points for you.` : win
    }
    case 'Refused':
      return line.why
    default:
      return ''
  }
}

/** @param {Table} table */
function arrival(table) {
  const here = table.seats.filter((player) => player).length
  if (table.you === null) return `You are watching. ${counted(here, 'player')} at the table.`
  const hand = table.hand.length ? ` You hold ${counted(table.hand.length, 'card')}.` : ''
  const turn = table.myTurn ? ' It is your turn.' : ''
  return `You sit at the table with ${counted(here - 1, 'other')}.${hand}${turn}`
}
