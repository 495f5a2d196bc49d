package org.jvmm.block.convert;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CompressedWriter;
import org.jvmm.block.CompressedWriter.Packer;
import org.jvmm.block.Described;
import org.jvmm.block.Extent;
import org.jvmm.block.ImageException;
import org.jvmm.block.Zeroes;

/**
 * Copies a disk into an image of another format. The calling thread reads the source, a pool of
 * threads compresses, one thread writes the target, in the disk's order; a fixed number of chunks
 * goes round between them.
 */
public final class ImageCopy {
  private static final int CHUNK = 2 << 20;
  private static final int CHUNKS_AHEAD = 4;
  private static final int MOST_GRAIN = 64 << 10;

  // Configuration
  private final BlockImage source;
  private final BlockImage target;
  private final CopyOptions options;
  private final LongConsumer progress;
  private final CompressedWriter compressed;
  private final int grain;

  // Volatile state
  private final BlockingQueue<Chunk> free;
  private final BlockingQueue<Chunk> full;
  private final BlockingQueue<Packer> packers;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  private ImageCopy(
      BlockImage source, BlockImage target, CopyOptions options, LongConsumer progress)
      throws ImageException {
    this.source = source;
    this.target = target;
    this.options = options;
    this.progress = progress;
    this.compressed = compressedWriter();
    this.grain = grain();
    int chunks = CHUNKS_AHEAD + (compressed == null ? 0 : options.packers());
    this.free = new ArrayBlockingQueue<>(chunks);
    this.full = new ArrayBlockingQueue<>(chunks + 1);
    this.packers = new ArrayBlockingQueue<>(options.packers());
    for (int i = 0; i < chunks; i++) {
      free.add(new Chunk(CHUNK, compressed == null ? 0 : compressed.compressedUnit()));
    }
  }

  /**
   * Copies all of the source. The target is flushed when this returns.
   *
   * @param target at least as large as the source
   * @param progress hears how many more bytes of the source are done, from one thread
   */
  public static void run(
      BlockImage source, BlockImage target, CopyOptions options, LongConsumer progress)
      throws IOException {
    new ImageCopy(source, target, options, progress).run();
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
    return Math.min(CHUNK, Math.max(512, Integer.highestOneBit(wanted)));
  }

  private void run() throws IOException {
    ExecutorService pool = null;
    if (compressed != null) {
      for (int i = 0; i < options.packers(); i++) {
        packers.add(compressed.packer());
      }
      pool = Executors.newFixedThreadPool(options.packers(), task -> daemon(task, "image packer"));
    }
    Thread writer = daemon(this::writeAll, "image writer");
    writer.start();
    try {
      readAll(pool);
      full.put(Chunk.END);
      writer.join();
    } catch (InterruptedException e) {
      failure.compareAndSet(null, new InterruptedIOException("interrupted"));
    } catch (IOException | RuntimeException e) {
      failure.compareAndSet(null, e);
    } finally {
      stop(writer, pool);
    }
    rethrow();
    target.flush();
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  private void stop(Thread writer, ExecutorService pool) throws IOException {
    try {
      if (failure.get() != null) {
        writer.interrupt();
      }
      writer.join();
      if (pool != null) {
        pool.shutdownNow();
      }
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted");
    }
    packers.forEach(Packer::close);
  }

  private void rethrow() throws IOException {
    Throwable failed = failure.get();
    if (failed instanceof IOException e) {
      throw e;
    }
    if (failed instanceof RuntimeException e) {
      throw e;
    }
    if (failed != null) {
      throw new IOException(failed);
    }
  }

  private void readAll(ExecutorService pool) throws IOException, InterruptedException {
    long size = source.size();
    long at = 0;
    while (at < size && failure.get() == null) {
      long zeroes = options.sparseBytes() == 0 ? 0 : zeroRun(at, size);
      Chunk chunk = free.take();
      if (zeroes > 0) {
        chunk.zeroes(at, zeroes);
      } else {
        int length = (int) Math.min(CHUNK - at % CHUNK, dataRun(at, size));
        source.read(at, chunk.prepare(at, length));
        if (pool != null) {
          chunk.pending = pool.submit(() -> pack(chunk));
        }
      }
      full.put(chunk);
      at += chunk.length;
    }
  }

  /** Bytes from here on that are known to be zeroes, in whole grains or up to the end. */
  private long zeroRun(long at, long size) throws IOException {
    long end = at;
    while (end < size) {
      Extent extent = source.extent(end);
      if (!extent.zero()) {
        break;
      }
      end += extent.length();
    }
    return (end >= size ? size : end / grain * grain) - at;
  }

  /** Bytes from here on, in whole grains or up to the end, before the next known zeroes. */
  private long dataRun(long at, long size) throws IOException {
    if (options.sparseBytes() == 0) {
      return size - at;
    }
    long end = at;
    while (end < size && end - at < CHUNK) {
      Extent extent = source.extent(end);
      if (extent.zero() && extent.length() >= grain) {
        break;
      }
      end += extent.length();
    }
    long whole = Math.max(at + grain, (end + grain - 1) / grain * grain);
    return Math.min(whole, size) - at;
  }

  private Void pack(Chunk chunk) throws InterruptedException {
    Packer packer = packers.take();
    try {
      chunk.pack(packer);
    } finally {
      packers.put(packer);
    }
    return null;
  }

  private void writeAll() {
    try {
      for (Chunk chunk = full.take(); chunk != Chunk.END; chunk = full.take()) {
        if (failure.get() == null) {
          write(chunk);
          progress.accept(chunk.length);
        }
        free.put(chunk);
      }
    } catch (InterruptedException e) {
      failure.compareAndSet(null, new InterruptedIOException("interrupted"));
    } catch (IOException | RuntimeException | Error e) {
      failure.compareAndSet(null, e);
    }
    // The reader may wait for a free chunk: it looks at the failure first.
    drain();
  }

  private void drain() {
    List<Chunk> left = new ArrayList<>();
    full.drainTo(left);
    left.removeIf(each -> each == Chunk.END);
    free.addAll(left);
    if (failure.get() != null) {
      free.offer(new Chunk(CHUNK, 0));
    }
  }

  private void write(Chunk chunk) throws IOException, InterruptedException {
    if (chunk.data == null || chunk.isZeroes) {
      writeZeroes(chunk.offset, chunk.length);
    } else if (options.targetBacked()) {
      writeDifferences(chunk);
    } else if (compressed != null) {
      writePacked(chunk);
    } else if (options.sparseBytes() == 0) {
      target.write(chunk.offset, chunk.slice(0, (int) chunk.length));
    } else {
      writeSparse(chunk);
    }
  }

  private void writeZeroes(long offset, long length) throws IOException {
    if (!options.targetZero()) {
      target.writeZeroes(offset, length);
    }
  }

  /** Runs of grains that are zero, or not, in turn. */
  private void writeSparse(Chunk chunk) throws IOException {
    int end = (int) chunk.length;
    for (int from = 0; from < end; ) {
      boolean zero = chunk.isZero(from, grain);
      int to = Math.min(end, from + grain);
      while (to < end && chunk.isZero(to, grain) == zero) {
        to = Math.min(end, to + grain);
      }
      if (zero) {
        writeZeroes(chunk.offset + from, to - from);
      } else {
        target.write(chunk.offset + from, chunk.slice(from, to));
      }
      from = to;
    }
  }

  private void writePacked(Chunk chunk) throws IOException, InterruptedException {
    try {
      chunk.pending.get();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
    int unit = compressed.compressedUnit();
    for (int i = 0, from = 0; from < chunk.length; i++, from += unit) {
      int to = (int) Math.min(chunk.length, from + unit);
      if (chunk.packed(i) != null) {
        compressed.writePacked(chunk.offset + from, chunk.packed(i));
      } else if (!chunk.isZero(from, unit)) {
        target.write(chunk.offset + from, chunk.slice(from, to));
      } else {
        writeZeroes(chunk.offset + from, to - from);
      }
    }
  }

  private void writeDifferences(Chunk chunk) throws IOException {
    ByteBuffer present = ByteBuffer.allocate((int) chunk.length);
    target.read(chunk.offset, present);
    for (int from = 0; from < chunk.length; from += grain) {
      int to = (int) Math.min(chunk.length, from + grain);
      if (chunk.slice(from, to).mismatch(present.duplicate().limit(to).position(from)) >= 0) {
        target.write(chunk.offset + from, chunk.slice(from, to));
      }
    }
  }

  /** A piece of the disk on its way. */
  private static final class Chunk {
    static final Chunk END = new Chunk(0, 0);

    final ByteBuffer data;
    private final ByteBuffer[] outputs;
    private final boolean[] smaller;
    private final int unit;
    long offset;
    long length;
    boolean isZeroes;
    Future<?> pending;

    Chunk(int capacity, int unit) {
      this.data = ByteBuffer.allocateDirect(capacity);
      this.unit = unit;
      int units = unit == 0 ? 0 : capacity / unit;
      this.outputs = new ByteBuffer[units];
      this.smaller = new boolean[units];
    }

    void zeroes(long at, long count) {
      offset = at;
      length = count;
      isZeroes = true;
    }

    ByteBuffer prepare(long at, int count) {
      offset = at;
      length = count;
      isZeroes = false;
      pending = null;
      return data.clear().limit(count);
    }

    ByteBuffer slice(int from, int to) {
      return data.duplicate().limit(to).position(from);
    }

    boolean isZero(int from, int grain) {
      return Zeroes.only(slice(from, (int) Math.min(length, from + grain)));
    }

    ByteBuffer packed(int index) {
      return smaller[index] ? outputs[index] : null;
    }

    void pack(Packer packer) {
      int padded = (int) ((length + unit - 1) / unit * unit);
      Zeroes.fill(data.duplicate().limit(padded).position((int) length));
      for (int i = 0; i * unit < padded; i++) {
        if (outputs[i] == null) {
          outputs[i] = ByteBuffer.allocate(unit);
        }
        boolean zero = isZero(i * unit, unit);
        smaller[i] = !zero && packer.pack(slice(i * unit, (i + 1) * unit), outputs[i].clear());
        outputs[i].flip();
      }
    }
  }
}
