/** Files that the browser build takes in as packed text, which `unpack` turns into their bytes (tsup.config.ts). */
declare module '*.wasm' {
  const packed: string
  export default packed
}

declare module '*.safetensors' {
  const packed: string
  export default packed
}
