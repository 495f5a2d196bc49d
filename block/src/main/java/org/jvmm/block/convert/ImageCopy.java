package org.jvmm.block.convert;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CompressedWriter;
import org.jvmm.block.CompressedWriter.Packer;
import org.jvmm.block.Described;
import org.jvmm.block.Extent;
import org.jvmm.block.ImageException;

/**
 * Copies a disk into an image of another format. Each of some threads takes the next piece of the
 * disk, reads it (and so unpacks it), looks for zeroes, compresses, and writes it when all pieces
 * before it are written: so the target grows in the disk's order, one thread at a time uses it, and
 * bytes are written by the processor that has them in its cache.
 */
public final class ImageCopy {
  /** Larger writes would fill pages of 2 MiB, for which the kernel often has to look longer. */
  private static final int CHUNK = 1 << 20;

  private static final int MOST_GRAIN = 64 << 10;

  // Configuration
  private final List<BlockImage> sources;
  private final BlockImage target;
  private final CopyOptions options;
  private final LongConsumer progress;
  private final CompressedWriter compressed;
  private final int grain;
  private final int capacity;
  private final long size;

  // Volatile state: which piece is the next one, guarded by claims
  private final Object claims = new Object();
  private long claimed;
  private long pieces;

  /** The extent that was looked up last. */
  private long extentStart;

  private long extentEnd;
  private boolean extentZero;

  // Volatile state: whose turn it is to write, guarded by turns
  private final Object turns = new Object();
  private long written;
  private Throwable failure;

  private ImageCopy(
      List<BlockImage> sources, BlockImage target, CopyOptions options, LongConsumer progress)
      throws ImageException {
    this.sources = sources;
    this.target = target;
    this.options = options;
    this.progress = progress;
    this.compressed = compressedWriter();
    this.grain = grain();
    this.capacity = Math.max(CHUNK, grain);
    this.size = sources.get(0).size();
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

  /** The calling thread is one of the threads. */
  private void run() throws IOException {
    List<Thread> others = new ArrayList<>();
    for (int i = 1; i < options.threads(); i++) {
      BlockImage source = sources.get(i % sources.size());
      Thread thread = new Thread(() -> work(source), "image copy");
      thread.setDaemon(true);
      thread.start();
      others.add(thread);
    }
    work(sources.get(0));
    try {
      for (Thread each : others) {
        each.join(); // since it uses the sources, which the caller closes
      }
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted");
    }
    if (failure != null) {
      throw failure instanceof IOException cause ? cause : new IOException(failure);
    }
    target.flush();
  }

  /** What each thread does: piece after piece, until there is none or one thread has failed. */
  private void work(BlockImage source) {
    try (Packer packer = compressed == null ? null : compressed.packer()) {
      Chunk chunk = new Chunk(capacity, grain);
      while (claim(chunk, source)) {
        prepare(chunk, source, packer);
        if (!awaitTurn(chunk.turn)) {
          return;
        }
        write(chunk);
        progress.accept(chunk.zeroesBefore + chunk.length);
        endTurn(null);
      }
    } catch (IOException | RuntimeException | Error e) {
      endTurn(e);
    } catch (InterruptedException e) {
      endTurn(new InterruptedIOException("interrupted"));
    }
  }

  /** Waits until all pieces before one are written; false when the copy has failed. */
  private boolean awaitTurn(long turn) throws InterruptedException {
    synchronized (turns) {
      while (written != turn && failure == null) {
        turns.wait();
      }
      return failure == null;
    }
  }

  private void endTurn(Throwable error) {
    synchronized (turns) {
      if (error == null) {
        written++;
      } else if (failure == null) {
        failure = error;
      }
      turns.notifyAll();
    }
  }

  /** Takes the next piece of the disk: known zeroes, and bytes behind them. */
  private boolean claim(Chunk chunk, BlockImage source) throws IOException {
    synchronized (claims) {
      if (claimed == size) {
        return false;
      }
      long zeroes = options.sparseBytes() == 0 ? 0 : zeroRun(source, claimed);
      long at = claimed + zeroes;
      int length = (int) Math.min(capacity - at % capacity, dataRun(source, at));
      chunk.begin(pieces, zeroes, at, length);
      claimed = at + length;
      pieces++;
      return true;
    }
  }

  /**
   * Whether the source is known to be zeroes at a byte, and up to {@link #extentEnd}. The host is
   * asked once an extent: some file systems look at each page of it to find its end.
   */
  private boolean zeroAt(BlockImage source, long at) throws IOException {
    if (at < extentStart || at >= extentEnd) {
      synchronized (source) {
        Extent extent = source.extent(at);
        extentStart = at;
        extentEnd = at + extent.length();
        extentZero = extent.zero();
      }
    }
    return extentZero;
  }

  /** Bytes from here on that are known to be zeroes, in whole grains or up to the end. */
  private long zeroRun(BlockImage source, long at) throws IOException {
    long end = at;
    while (end < size && zeroAt(source, end)) {
      end = extentEnd;
    }
    return (end >= size ? size : end / grain * grain) - at;
  }

  /** Bytes from here on, in whole grains or up to the end, before the next known zeroes. */
  private long dataRun(BlockImage source, long at) throws IOException {
    if (options.sparseBytes() == 0) {
      return size - at;
    }
    long end = at;
    while (end < size && end - at < capacity) {
      if (zeroAt(source, end) && extentEnd - end >= grain) {
        break;
      }
      end = extentEnd;
    }
    long whole = Math.max(at + grain, (end + grain - 1) / grain * grain);
    return Math.min(whole, size) - at;
  }

  /** Everything but the writing. */
  private void prepare(Chunk chunk, BlockImage source, Packer packer) throws IOException {
    synchronized (source) {
      source.read(chunk.offset, chunk.slice(0, chunk.length));
    }
    if (options.sparseBytes() > 0 || compressed != null) {
      chunk.findZeroes();
    }
    if (compressed != null) {
      chunk.pack(packer);
    }
  }

  private void writeZeroes(long offset, long length) throws IOException {
    if (length > 0 && !options.targetZero()) {
      target.writeZeroes(offset, length);
    }
  }

  /** Neighbouring grains of one kind are one write. */
  private void write(Chunk chunk) throws IOException {
    writeZeroes(chunk.offset - chunk.zeroesBefore, chunk.zeroesBefore);
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
