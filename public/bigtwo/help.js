import { el, icon } from '/shared/dom.js'
import { miniCards } from './suits.js'

const KEYS = [
  ['← →', 'move along your cards'],
  ['Space', 'choose a card, or leave it'],
  ['Enter', 'play the chosen cards'],
  ['P', 'pass'],
  ['H', 'a hint, again for another'],
  ['S', 'sort by rank or by suit'],
  ['Esc', 'choose nothing'],
  ['C', 'chat'],
  ['?', 'this page'],
]

/** @type {[name: string, cards: string[], note: string][]} */
const PLAYS = [
  ['Single', ['2S'], ''],
  ['Pair', ['KD', 'KS'], ''],
  ['Triple', ['7D', '7C', '7H'], ''],
  ['Straight', ['5C', '6H', '7S', '8D', '9C'], 'five in a row'],
  ['Flush', ['4H', '8H', 'TH', 'QH', 'AH'], 'five of a suit'],
  ['Full house', ['9C', '9H', '9S', '4D', '4S'], 'three and two'],
  ['Four of a kind', ['JD', 'JC', 'JH', 'JS', '3C'], 'four and any card'],
  ['Straight flush', ['6S', '7S', '8S', '9S', 'TS'], ''],
]

/** The rules on one page, and the keys. */
export function help() {
  const shut = el(
    'button',
    { class: 'pp-button pp-round', type: 'button', 'aria-label': 'Close', onclick: () => dialog.close() },
    icon('close'),
  )
  const dialog = el(
    'dialog',
    { class: 'pp-dialog help', 'aria-labelledby': 'help-title' },
    el('div', { class: 'pp-dialog-head' }, el('h2', { id: 'help-title' }, 'How to play'), shut),
    el(
      'div',
      { class: 'help-body' },
      el(
        'p',
        {},
        'Be the first to play all your cards. Play as many cards as lie on the table, and higher ones; or pass and be out until the trick ends. Who plays last leads the next trick with what they like.',
      ),
      el(
        'p',
        { class: 'help-order' },
        'Low to high: 3 4 5 6 7 8 9 10 J Q K A 2. Of one rank:',
        miniCards(['3D', '3C', '3H', '3S']),
      ),
      el('p', {}, 'Whoever holds the 3♦ opens the deal with it.'),
      el('h3', {}, 'Plays'),
      el(
        'ul',
        { class: 'help-plays' },
        ...PLAYS.map(([name, cards, note]) =>
          el('li', {}, el('span', {}, el('b', {}, name), note ? el('small', {}, ` ${note}`) : ''), miniCards(cards)),
        ),
      ),
      el('p', {}, 'Plays of five beat each other in this order, the straight being the lowest.'),
      el('h3', {}, 'Points'),
      el(
        'p',
        {},
        'Each card that is left costs a point, twice as much from ten cards, three times with all thirteen. The winner gets what the others lose.',
      ),
      el('h3', {}, 'Hands'),
      el('p', {}, 'Tap cards to choose them, or sweep over several. Pull them up, or press Play.'),
      el('h3', {}, 'Keys'),
      el(
        'dl',
        { class: 'help-keys' },
        ...KEYS.flatMap(([key, what]) => [el('dt', {}, el('kbd', {}, key ?? '')), el('dd', {}, what ?? '')]),
      ),
    ),
  )
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close())

  function open() {
    if (!dialog.isConnected) document.body.append(dialog)
    if (!dialog.open) dialog.showModal()
  }
  const button = el(
    'button',
    {
      class: 'pp-button pp-round bar-button',
      type: 'button',
      'aria-label': 'How to play',
      'aria-keyshortcuts': '?',
      onclick: open,
    },
    icon('help'),
  )
  return { button, open }
}
