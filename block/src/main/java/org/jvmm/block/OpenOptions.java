package org.jvmm.block;

import java.nio.file.Path;
import java.util.List;

/**
 * How an image is opened.
 *
 * @param readOnly writes are refused, and other readers are let in
 * @param cache use of the host's page cache
 * @param locked whether the file is locked against other users; without it (as qemu-img's {@code
 *     -U}) what is read may be torn by a writer
 * @param filling whether the file is new and is filled by large writes, which the host's file
 *     system may prepare for
 * @param discard whether discards give storage back; otherwise they are accepted and do nothing
 * @param backing whether backing files are opened; without them their ranges read as zeroes
 * @param repair whether an image with a dirty or corrupt mark opens for writing, to be checked
 * @param snapshot name or id of the internal snapshot to read; null for the current state
 * @param files how files are opened
 * @param chain the images above this one, when it is opened as a backing file
 */
public record OpenOptions(
    boolean readOnly,
    CacheMode cache,
    boolean locked,
    boolean filling,
    boolean discard,
    boolean backing,
    boolean repair,
    String snapshot,
    ImageFile.Opener files,
    List<Path> chain) {
  /** For reading and writing: locked, cached, discarding. */
  public static final OpenOptions WRITABLE =
      new OpenOptions(
          false,
          CacheMode.WRITEBACK,
          true,
          false,
          true,
          true,
          false,
          null,
          HostFile::open,
          List.of());

  /** For reading: locked against writers. */
  public static final OpenOptions READ_ONLY = WRITABLE.withReadOnly(true);

  /** The same but for {@link #readOnly}. */
  public OpenOptions withReadOnly(boolean value) {
    return new OpenOptions(
        value, cache, locked, filling, discard, backing, repair, snapshot, files, chain);
  }

  /** The same but for {@link #cache}. */
  public OpenOptions withCache(CacheMode value) {
    return new OpenOptions(
        readOnly, value, locked, filling, discard, backing, repair, snapshot, files, chain);
  }

  /** The same but for {@link #locked}. */
  public OpenOptions withLocked(boolean value) {
    return new OpenOptions(
        readOnly, cache, value, filling, discard, backing, repair, snapshot, files, chain);
  }

  /** The same but for {@link #filling}. */
  public OpenOptions withFilling(boolean value) {
    return new OpenOptions(
        readOnly, cache, locked, value, discard, backing, repair, snapshot, files, chain);
  }

  /** The same but for {@link #discard}. */
  public OpenOptions withDiscard(boolean value) {
    return new OpenOptions(
        readOnly, cache, locked, filling, value, backing, repair, snapshot, files, chain);
  }

  /** The same but for {@link #backing}. */
  public OpenOptions withBacking(boolean value) {
    return new OpenOptions(
        readOnly, cache, locked, filling, discard, value, repair, snapshot, files, chain);
  }

  /** The same but for {@link #repair}. */
  public OpenOptions withRepair(boolean value) {
    return new OpenOptions(
        readOnly, cache, locked, filling, discard, backing, value, snapshot, files, chain);
  }

  /** The same but for {@link #snapshot}. */
  public OpenOptions withSnapshot(String value) {
    return new OpenOptions(
        readOnly, cache, locked, filling, discard, backing, repair, value, files, chain);
  }

  /** The same but for {@link #files}. */
  public OpenOptions withFiles(ImageFile.Opener value) {
    return new OpenOptions(
        readOnly, cache, locked, filling, discard, backing, repair, snapshot, value, chain);
  }

  /** The same but for {@link #chain}. */
  OpenOptions withChain(List<Path> value) {
    return new OpenOptions(
        readOnly, cache, locked, filling, discard, backing, repair, snapshot, files, value);
  }
}
