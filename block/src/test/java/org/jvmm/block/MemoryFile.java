package org.jvmm.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;

/**
 * A file in memory that keeps a log of what was done to it, so that a loss of power at any moment
 * can be played: what was done before the last sync is there; of what was done since, any sectors.
 */
public final class MemoryFile implements ImageFile {
  private static final int PAGE = 4096;
  private static final int SECTOR = 512;
  private static final byte[] ZEROES = new byte[PAGE];

  /** Something that changed the file; a null content is a sync. */
  private record Change(long position, byte[] content) {}

  private final Map<Long, byte[]> pages = new HashMap<>();
  private final int mostPages;
  private final List<Change> log = new ArrayList<>();
  private boolean logging;
  private boolean syncs = true;
  private boolean readOnly;
  private long size;

  /** Empty; writes past its room find no space. */
  public MemoryFile(int mostBytes) {
    this.mostPages = mostBytes / PAGE;
  }

  /** With this content. */
  public static MemoryFile of(byte[] content, int mostBytes) {
    MemoryFile file = new MemoryFile(mostBytes);
    for (int at = 0; at < content.length; at += PAGE) {
      int length = Math.min(PAGE, content.length - at);
      if (!isZero(content, at, length)) {
        file.put(at, content, at, length);
      }
    }
    file.size = content.length;
    return file;
  }

  private static boolean isZero(byte[] content, int from, int length) {
    return Arrays.mismatch(content, from, from + length, ZEROES, 0, length) < 0;
  }

  /** The same content in another file. */
  public MemoryFile copy(boolean forReading) {
    MemoryFile file = new MemoryFile(mostPages * PAGE);
    pages.forEach((number, page) -> file.pages.put(number, page.clone()));
    file.size = size;
    file.readOnly = forReading;
    return file;
  }

  /** Numbers of the sectors that hold anything but zeroes, in order. */
  public long[] sectors() {
    return pages.keySet().stream()
        .sorted()
        .flatMap(page -> LongStream.range(0, PAGE / SECTOR).mapToObj(i -> page * 8 + i))
        .filter(sector -> !isZero(pages.get(sector / 8), (int) (sector % 8) * SECTOR, SECTOR))
        .mapToLong(Long::longValue)
        .toArray();
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
    return readOnly;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void read(long position, ByteBuffer into) {
    checkPosition("read", position, into.remaining());
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

  /** What no file has is the format's mistake: a channel would throw this, too. */
  private static void checkPosition(String what, long position, int length) {
    if (position < 0 || position + length < 0) {
      throw new IllegalArgumentException(
          "%s of %#x bytes at %#x".formatted(what, length, position));
    }
  }

  private void change(long position, byte[] bytes) throws IOException {
    checkPosition("write", position, bytes.length);
    if (readOnly) {
      throw new NonWritableChannelException();
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
    pages.keySet().removeIf(page -> page * PAGE >= newSize);
    byte[] last = pages.get(newSize / PAGE);
    if (last != null) {
      Arrays.fill(last, (int) (newSize % PAGE), PAGE, (byte) 0);
    }
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
