import { toast } from '/shared/toast.js'

try {
  // Imported here, so that a missing drawing library can be told.
  const { start } = await import('./page.js')
  await start()
} catch (error) {
  console.error(error)
  const loading = document.querySelector('#loading')
  const why = error instanceof Error ? error.message : `${error}`
  if (loading) loading.textContent = `The board could not be drawn: ${why}`
  else toast(`The board could not be drawn: ${why}`)
}
