/**
 * What Pixi should draw with. Without a graphics card WebGL is emulated, at some ten frames a second, where a plain
 * canvas reaches sixty. `?renderer=webgl` insists.
 *
 * @returns {('webgl' | 'canvas')[]}
 */
export function renderers() {
  if (new URLSearchParams(location.search).get('renderer') === 'webgl') return ['webgl']
  const gl = document.createElement('canvas').getContext('webgl')
  const info = gl?.getExtension('WEBGL_debug_renderer_info')
  const card = `${gl?.getParameter(info?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER)}`
  gl?.getExtension('WEBGL_lose_context')?.loseContext()
  return gl && !/swiftshader|llvmpipe|softpipe|software|basic render/i.test(card) ? ['webgl', 'canvas'] : ['canvas']
}
