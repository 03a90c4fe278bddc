import { el, icon } from './dom.js'
import { toast } from './toast.js'

/**
 * The link a friend needs: this page and this room, without the sharer's own name.
 *
 * @param {string} room
 */
export function shareUrl(room) {
  const url = new URL(location.href)
  url.search = new URLSearchParams({ room }).toString()
  url.hash = ''
  return url.href
}

/**
 * @param {{ title: string, room: () => string, words?: string }} what `words`: for a button that always shows them
 * @returns {HTMLButtonElement}
 */
export function shareButton({ title, room, words }) {
  return el(
    'button',
    {
      class: words ? 'pp-button pp-primary' : 'pp-button pp-share',
      type: 'button',
      'aria-label': words ? undefined : 'Share a link to this room',
      onclick: share,
    },
    icon('share'),
    words ?? el('span', { class: 'pp-wide' }, 'Share'),
  )

  async function share() {
    const url = shareUrl(room())
    // A desktop's share sheet is a detour where the clipboard is one paste away.
    if (matchMedia('(pointer: coarse)').matches && navigator.share) {
      try {
        return await navigator.share({ title, text: `Meet me in ${room()}`, url })
      } catch (error) {
        if (error instanceof DOMException && error.name === 'AbortError') return
      }
    }
    try {
      await navigator.clipboard.writeText(url)
      toast('Link copied. Send it to a friend!')
    } catch {
      // Without HTTPS there is no clipboard: let the player copy it by hand.
      showLink(url)
    }
  }
}

/** @param {string} url */
function showLink(url) {
  const field = el('input', { class: 'pp-field', readonly: true, value: url, 'aria-label': 'Link to this room' })
  const dialog = el(
    'dialog',
    { class: 'pp-dialog', 'aria-label': 'Share this room', onclose: () => dialog.remove() },
    el(
      'form',
      { method: 'dialog', class: 'pp-form' },
      el('h2', {}, 'Copy this link'),
      field,
      el('button', { class: 'pp-button pp-primary' }, 'Done'),
    ),
  )
  document.body.append(dialog)
  dialog.showModal()
  field.select()
}
