package org.jvmm.block.convert;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CompressedWriter;
import org.jvmm.block.CompressedWriter.Packer;
import org.jvmm.block.Described;
import org.jvmm.block.Extent;
import org.jvmm.block.ImageException;

/**
 * Copies a disk into an image of another format. The calling thread walks over the source's extents
 * and hands chunks with data to a pool, whose threads read (and so unpack), look for zeroes and
 * compress; the calling thread writes the chunks in the disk's order when they are ready.
 */
public final class ImageCopy {
  /** As small as the hand-over between threads allows: the bytes are still in a cache then. */
  private static final int CHUNK = 1 << 20;

  private static final int CHUNKS_AHEAD = 3;
  private static final int MOST_GRAIN = 64 << 10;

  // Configuration
  private final BlockImage target;
  private final CopyOptions options;
  private final LongConsumer progress;
  private final CompressedWriter compressed;
  private final int grain;
  private final int capacity;
  private final long size;

  // Volatile state
  private final BlockingQueue<BlockImage> sources;
  private final BlockingQueue<Packer> packers;
  private final ArrayDeque<Chunk> idle = new ArrayDeque<>();
  private final ArrayDeque<Chunk> underWay = new ArrayDeque<>();

  /** The extent that was looked up last. */
  private long extentStart;

  private long extentEnd;
  private boolean extentZero;

  private ImageCopy(
      List<BlockImage> sources, BlockImage target, CopyOptions options, LongConsumer progress)
      throws ImageException {
    this.target = target;
    this.options = options;
    this.progress = progress;
    this.compressed = compressedWriter();
    this.grain = grain();
    this.capacity = Math.max(CHUNK, grain);
    this.size = sources.get(0).size();
    this.sources = new ArrayBlockingQueue<>(sources.size(), false, sources);
    this.packers = new ArrayBlockingQueue<>(options.threads());
    for (int i = 0; i < CHUNKS_AHEAD + options.threads(); i++) {
      idle.add(new Chunk(capacity, grain));
    }
  }

  /**
   * Copies all of the source. The target is flushed when this returns.
   *
   * @param sources the same image, opened as often as it may be read at a time
   * @param target at least as large as the source
   * @param progress hears how many more bytes of the source are done
   */
  public static void run(
      List<BlockImage> sources, BlockImage target, CopyOptions options, LongConsumer progress)
      throws IOException {
    new ImageCopy(sources, target, options, progress).run();
  }

  private CompressedWriter compressedWriter() throws ImageException {
    if (target instanceof CompressedWriter writer && (options.compress() || writer.packedOnly())) {
      return writer;
    }
    if (options.compress()) {
      throw new ImageException("format %s has no compression".formatted(target.format()));
    }
    return null;
  }

  /**
   * The unit in which zeroes are looked for. A target's cluster that holds data is stored whole
   * anyhow, and one write is cheaper than several around the zeroes in it.
   */
  private int grain() {
    if (compressed != null) {
      return compressed.compressedUnit();
    }
    int cluster = target instanceof Described described ? described.clusterSize() : 0;
    int wanted = Math.max(options.sparseBytes(), Math.min(cluster, MOST_GRAIN));
    return Math.max(512, Integer.highestOneBit(wanted));
  }

  private void run() throws IOException {
    List<Packer> all = new ArrayList<>();
    for (int i = 0; compressed != null && i < options.threads(); i++) {
      all.add(compressed.packer());
    }
    packers.addAll(all);
    ExecutorService pool = Executors.newFixedThreadPool(options.threads(), ImageCopy::daemon);
    try {
      copy(pool);
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted");
    } finally {
      stop(pool);
      all.forEach(Packer::close);
    }
    target.flush();
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "image copy");
    thread.setDaemon(true);
    return thread;
  }

  /** Waits for the threads, since they use the sources, which the caller closes. */
  private void stop(ExecutorService pool) throws InterruptedIOException {
    underWay.forEach(each -> each.ready.cancel(false));
    pool.shutdown();
    try {
      pool.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted");
    }
  }

  private void copy(ExecutorService pool) throws IOException, InterruptedException {
    for (long at = 0; at < size; ) {
      long zeroes = options.sparseBytes() == 0 ? 0 : zeroRun(at);
      if (zeroes > 0) {
        writeZeroes(at, zeroes);
        progress.accept(zeroes);
        at += zeroes;
        continue;
      }
      if (idle.isEmpty()) {
        finishOldest();
      }
      Chunk chunk = idle.remove();
      chunk.begin(at, (int) Math.min(capacity - at % capacity, dataRun(at)));
      chunk.ready = pool.submit(() -> prepare(chunk));
      underWay.add(chunk);
      at += chunk.length;
    }
    while (!underWay.isEmpty()) {
      finishOldest();
    }
  }

  private void finishOldest() throws IOException, InterruptedException {
    Chunk chunk = underWay.element();
    try {
      chunk.ready.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    }
    underWay.remove();
    write(chunk);
    progress.accept(chunk.length);
    idle.add(chunk);
  }

  /**
   * Whether the source is known to be zeroes at a byte, and up to {@link #extentEnd}. The host is
   * asked once an extent: some file systems look at each page of it to find its end.
   */
  private boolean zeroAt(long at) throws IOException, InterruptedException {
    if (at < extentStart || at >= extentEnd) {
      BlockImage source = sources.take();
      try {
        Extent extent = source.extent(at);
        extentStart = at;
        extentEnd = at + extent.length();
        extentZero = extent.zero();
      } finally {
        sources.add(source);
      }
    }
    return extentZero;
  }

  /** Bytes from here on that are known to be zeroes, in whole grains or up to the end. */
  private long zeroRun(long at) throws IOException, InterruptedException {
    long end = at;
    while (end < size && zeroAt(end)) {
      end = extentEnd;
    }
    return (end >= size ? size : end / grain * grain) - at;
  }

  /** Bytes from here on, in whole grains or up to the end, before the next known zeroes. */
  private long dataRun(long at) throws IOException, InterruptedException {
    if (options.sparseBytes() == 0) {
      return size - at;
    }
    long end = at;
    while (end < size && end - at < capacity) {
      if (zeroAt(end) && extentEnd - end >= grain) {
        break;
      }
      end = extentEnd;
    }
    long whole = Math.max(at + grain, (end + grain - 1) / grain * grain);
    return Math.min(whole, size) - at;
  }

  /** What the pool does with a chunk. */
  private Void prepare(Chunk chunk) throws IOException, InterruptedException {
    BlockImage source = sources.take();
    try {
      source.read(chunk.offset, chunk.slice(0, chunk.length));
    } finally {
      sources.add(source);
    }
    if (options.sparseBytes() > 0 || compressed != null) {
      chunk.findZeroes();
    }
    if (compressed != null) {
      Packer packer = packers.take();
      try {
        chunk.pack(packer);
      } finally {
        packers.add(packer);
      }
    }
    return null;
  }

  private void writeZeroes(long offset, long length) throws IOException {
    if (!options.targetZero()) {
      target.writeZeroes(offset, length);
    }
  }

  /** Neighbouring grains of one kind are one write. */
  private void write(Chunk chunk) throws IOException {
    if (options.targetBacked()) {
      target.read(chunk.offset, chunk.present());
      chunk.findSame();
    }
    for (int i = 0; i < chunk.grains(); ) {
      Chunk.Kind kind = chunk.kind(i);
      int from = i * grain;
      do {
        i++;
      } while (kind != Chunk.Kind.PACKED && i < chunk.grains() && chunk.kind(i) == kind);
      int to = Math.min(chunk.length, i * grain);
      switch (kind) {
        case SAME -> {
          // The backing file has it.
        }
        case ZERO -> writeZeroes(chunk.offset + from, to - from);
        case PACKED -> compressed.writePacked(chunk.offset + from, chunk.packed(i - 1));
        case DATA -> target.write(chunk.offset + from, chunk.slice(from, to));
      }
    }
  }
}
