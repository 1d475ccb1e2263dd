/** A WebAssembly file, imported as its bytes (tsup's `binary` loader). */
declare module '*.wasm' {
  const bytes: Uint8Array<ArrayBuffer>
  export default bytes
}
