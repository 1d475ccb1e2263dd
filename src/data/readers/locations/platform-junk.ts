/** Names of files that operating systems leave beside a user's own: they are no samples. */

/**
 * Whether an entry of a folder or archive was left by macOS or Windows: `._photo.jpg`, `__MACOSX/…`, `.DS_Store`, `Thumbs.db`,
 * `desktop.ini`.
 * @param name a path, relative to the folder or archive; either slash separates its parts
 */
export function isPlatformJunk(name: string): boolean {
  return /(?:^|[/\\])(?:\._[^/\\]*|\.DS_Store|Thumbs\.db|desktop\.ini|__MACOSX(?:[/\\].*)?)$/is.test(name)
}
