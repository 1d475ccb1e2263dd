/** The table of a shard's samples, in the order of its embeddings. clip-retrieval calls it metadata. */

/** An embedded sample. */
export interface EmbeddedSample {
  /** Its name in the shard: a key, a path, a URL. */
  readonly key: string
  readonly caption: string
}

/** A Parquet file with the columns `image_path` and `caption`. */
export async function metadataTable(samples: readonly EmbeddedSample[]): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer') // an ES module, which CommonJS cannot load at startup everywhere
  const bytes = parquetWriteBuffer({
    columnData: [
      { name: 'image_path', data: samples.map(({ key }) => key), type: 'STRING' },
      { name: 'caption', data: samples.map(({ caption }) => caption), type: 'STRING' },
    ],
  })
  return new Uint8Array(bytes)
}
