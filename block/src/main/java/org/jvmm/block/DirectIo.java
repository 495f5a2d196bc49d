package org.jvmm.block;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * A second channel to a file that passes by the host's page cache (O_DIRECT), for what is aligned
 * to the file system's blocks. The rest goes through the cache; Linux keeps both in step.
 */
final class DirectIo implements AutoCloseable {
  private static final int BOUNCE = 1 << 20;

  private final FileChannel channel;
  private final int block;
  private final ByteBuffer bounce;

  private DirectIo(FileChannel channel, int block) {
    this.channel = channel;
    this.block = block;
    this.bounce = ByteBuffer.allocateDirect(BOUNCE + block).alignedSlice(block);
  }

  /** Null where the file system cannot: QEMU refuses then, we use the cache. */
  static DirectIo open(Path path, Set<? extends OpenOption> how) {
    Set<OpenOption> options = new HashSet<>(how);
    options.add(ExtendedOpenOption.DIRECT);
    try {
      int block = (int) Files.getFileStore(path).getBlockSize();
      return new DirectIo(FileChannel.open(path, options), block);
    } catch (IOException | UnsupportedOperationException e) {
      return null;
    }
  }

  /** Reads whole blocks; returns how many bytes, which may be none. */
  int read(long position, ByteBuffer into) throws IOException {
    int done = 0;
    int whole = whole(position, into);
    while (done < whole) {
      bounce.clear().limit(Math.min(whole - done, BOUNCE));
      int count = channel.read(bounce, position + done);
      if (count <= 0) {
        return done;
      }
      into.put(bounce.flip());
      done += count;
      if (count % block != 0) {
        return done;
      }
    }
    return done;
  }

  /** Writes whole blocks; returns how many bytes, which may be none. */
  int write(long position, ByteBuffer from) throws IOException {
    int done = 0;
    int whole = whole(position, from);
    int end = from.limit();
    while (done < whole) {
      int step = Math.min(whole - done, BOUNCE);
      bounce.clear().put(from.limit(from.position() + step)).flip();
      from.limit(end);
      while (bounce.hasRemaining()) {
        int count = channel.write(bounce, position + done);
        done += count;
        if (count % block != 0) {
          throw new IOException("a direct write stopped within a block");
        }
      }
    }
    return done;
  }

  private int whole(long position, ByteBuffer buffer) {
    return position % block == 0 ? buffer.remaining() / block * block : 0;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
