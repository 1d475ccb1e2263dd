/** Names of files that operating systems create next to the user's own. They are not samples. */

/**
 * Whether macOS or Windows created an entry of a folder or archive: `._photo.jpg`, `__MACOSX/…`, `.DS_Store`, `Thumbs.db`,
 * `desktop.ini`.
 * @param name a path relative to the folder or archive, with slashes or backslashes
 */
export function isPlatformJunk(name: string): boolean {
  return /(?:^|[/\\])(?:\._[^/\\]*|\.DS_Store|Thumbs\.db|desktop\.ini|__MACOSX(?:[/\\].*)?)$/is.test(name)
}
