import { el } from '/shared/dom.js'
import { keepName, nameField, tidyName } from '/shared/names.js'

/** The dialog in which a player changes the name. @param {string} name @param {(name: string) => void} changed */
export function rename(name, changed) {
  const field = nameField(name)
  const form = el(
    'form',
    { method: 'dialog', class: 'pp-form me-form' },
    el('h2', {}, 'You'),
    field.element,
    el('button', { class: 'pp-button pp-primary' }, 'Save'),
  )
  const dialog = el('dialog', { class: 'pp-dialog', 'aria-label': 'Your name', onclose: () => dialog.remove() }, form)
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close())
  form.addEventListener('submit', () => {
    const chosen = tidyName(field.input.value) || name
    keepName(chosen)
    if (chosen !== name) changed(chosen)
  })
  document.body.append(dialog)
  dialog.showModal()
  field.input.select()
}
