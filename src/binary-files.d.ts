/** Files that the browser build takes in as their bytes (tsup's `binary` loader). */
declare module '*.wasm' {
  const bytes: Uint8Array<ArrayBuffer>
  export default bytes
}

declare module '*.safetensors' {
  const bytes: Uint8Array<ArrayBuffer>
  export default bytes
}
