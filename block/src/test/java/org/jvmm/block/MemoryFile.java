package org.jvmm.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A file in memory that keeps a log of what was done to it, so that a loss of power at any moment
 * can be played: what was done before the last sync is there; of what was done since, any sectors.
 */
public final class MemoryFile implements ImageFile {
  private static final int PAGE = 4096;
  private static final int SECTOR = 512;

  /** Something that changed the file; a null content is a sync. */
  private record Change(long position, byte[] content) {}

  private final Map<Long, byte[]> pages = new HashMap<>();
  private final int mostPages;
  private final List<Change> log = new ArrayList<>();
  private boolean logging;
  private boolean syncs = true;
  private long size;

  /** Empty; writes past its room find no space. */
  public MemoryFile(int mostBytes) {
    this.mostPages = mostBytes / PAGE;
  }

  /** With this content. */
  public static MemoryFile of(byte[] content, int mostBytes) {
    MemoryFile file = new MemoryFile(mostBytes);
    file.put(0, content, 0, content.length);
    return file;
  }

  /** Logs from now on; what is there now is on storage. */
  public void startLog() {
    log.clear();
    logging = true;
  }

  /** Syncs do nothing from now on: for a test of tests. */
  public void stopSyncs() {
    syncs = false;
  }

  /** Changes and syncs so far. */
  public int logged() {
    return log.size();
  }

  /** All bytes. */
  public byte[] content() {
    byte[] all = new byte[(int) size];
    get(0, all);
    return all;
  }

  /**
   * What is on storage when the power goes.
   *
   * @param before the file when the log began
   * @param changes how many entries of the log were done
   * @param random which of the sectors that were not synced are there; null: all (a killed process)
   */
  public MemoryFile after(byte[] before, int changes, Random random) {
    MemoryFile file = of(before, mostPages * PAGE);
    int synced = 0;
    for (int i = 0; i < changes; i++) {
      if (log.get(i).content == null) {
        synced = i;
      }
    }
    // Sometimes everything gets there, sometimes nothing, mostly a part.
    double probability = random == null ? 1 : random.nextDouble() * 1.4 - 0.2;
    for (int i = 0; i < changes; i++) {
      Change change = log.get(i);
      if (change.content == null) {
        continue;
      }
      boolean sure = i < synced || random == null;
      int length = change.content.length;
      for (int at = 0, next; at < length; at = next) {
        next = (int) Math.min(length, at + SECTOR - (change.position + at) % SECTOR);
        if (sure || random.nextDouble() < probability) {
          file.put(change.position + at, change.content, at, next - at);
        }
      }
    }
    return file;
  }

  private void put(long position, byte[] from, int offset, int length) {
    for (int i = 0; i < length; ) {
      int inPage = (int) ((position + i) % PAGE);
      int count = Math.min(length - i, PAGE - inPage);
      byte[] page = pages.computeIfAbsent((position + i) / PAGE, key -> new byte[PAGE]);
      System.arraycopy(from, offset + i, page, inPage, count);
      i += count;
    }
    size = Math.max(size, position + length);
  }

  private void get(long position, byte[] into) {
    for (int i = 0; i < into.length; ) {
      int inPage = (int) ((position + i) % PAGE);
      int count = Math.min(into.length - i, PAGE - inPage);
      byte[] page = pages.get((position + i) / PAGE);
      if (page != null) {
        System.arraycopy(page, inPage, into, i, count);
      }
      i += count;
    }
  }

  @Override
  public Path path() {
    return Path.of("/memory/disk");
  }

  @Override
  public boolean readOnly() {
    return false;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void read(long position, ByteBuffer into) throws IOException {
    if (position < 0) {
      throw new IOException("read at %#x".formatted(position));
    }
    byte[] bytes = new byte[into.remaining()];
    get(position, bytes);
    into.put(bytes);
  }

  @Override
  public void write(long position, ByteBuffer from) throws IOException {
    byte[] bytes = new byte[from.remaining()];
    from.get(bytes);
    change(position, bytes);
  }

  private void change(long position, byte[] bytes) throws IOException {
    if (position < 0 || position + bytes.length < 0) {
      throw new IOException("write at %#x".formatted(position));
    }
    if (pages.size() + bytes.length / PAGE > mostPages) {
      throw new NoSpaceException("write at %#x".formatted(position));
    }
    if (logging) {
      log.add(new Change(position, bytes));
    }
    put(position, bytes, 0, bytes.length);
  }

  @Override
  public void zero(long position, long length) throws IOException {
    change(position, new byte[(int) Math.min(length, Integer.MAX_VALUE / 2)]);
  }

  @Override
  public void discard(long position, long length) throws IOException {
    if (position < size) {
      zero(position, Math.min(length, size - position));
    }
  }

  @Override
  public void allocate(long position, long length) {
    size = Math.max(size, position + length);
  }

  @Override
  public void resize(long newSize) {
    size = newSize;
  }

  @Override
  public void sync() {
    if (logging && syncs) {
      log.add(new Change(0, null));
    }
  }

  @Override
  public long nextData(long position) {
    return Math.min(position, size);
  }

  @Override
  public long nextHole(long position) {
    return size;
  }

  @Override
  public long storage() {
    return (long) pages.size() * PAGE;
  }

  @Override
  public void close() {
    // Its content stays, to be looked at.
  }
}
