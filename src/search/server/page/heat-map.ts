/** Lays the heat map of a sentence over a picture. */
import { mapAddress } from './ask'

/** Shows the map of a sentence once it is loaded, and drops an earlier one that is still loading. */
export function showMap(map: HTMLImageElement, id: string, sentence: string): void {
  const address = mapAddress(id, sentence)
  if (map.getAttribute('src') === address) return
  const frame = map.parentElement!
  map.hidden = true
  frame.classList.add('mapping')
  map.onload = () => {
    map.hidden = false
    frame.classList.remove('mapping')
  }
  map.onerror = () => frame.classList.remove('mapping')
  map.alt = `Where the picture shows “${sentence}”`
  map.src = address
}

export function hideMap(map: HTMLImageElement): void {
  map.hidden = true
  map.onload = map.onerror = null
  map.removeAttribute('src')
  map.alt = ''
  map.parentElement!.classList.remove('mapping')
}
