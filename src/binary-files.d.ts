/** Files that the browser build includes as packed text, which `unpack` turns into bytes (tsup.config.ts). */
declare module '*.wasm' {
  const packed: string
  export default packed
}

declare module '*.safetensors' {
  const packed: string
  export default packed
}
