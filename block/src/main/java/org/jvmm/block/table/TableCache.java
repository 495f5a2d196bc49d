package org.jvmm.block.table;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jvmm.block.ImageFile;

/**
 * Tables of 32-bit entries in an image's file, held page by page. At most {@link #MOST_PAGES} pages
 * are in memory, however large a table claims to be. Changed entries reach the file at {@link
 * #writeBack}, or when their page has to go.
 */
public final class TableCache {
  private static final int PAGE = 16384;
  private static final int MOST_PAGES = 1024;

  private static final class Page {
    final ByteBuffer entries;
    final BitSet changed = new BitSet(PAGE / 4);

    Page(ByteBuffer entries) {
      this.entries = entries;
    }
  }

  private final ImageFile file;
  private final ByteOrder order;
  private final LinkedHashMap<Long, Page> pages = new LinkedHashMap<>(64, 0.75f, true);
  private long recentAt = -1;
  private Page recent;

  /** Over a file whose entries have that byte order. */
  public TableCache(ImageFile file, ByteOrder order) {
    this.file = file;
    this.order = order;
  }

  /**
   * Reads an entry; what lies past the file's end reads as 0.
   *
   * @param at its byte in the file, a multiple of 4
   */
  public int get(long at) throws IOException {
    return page(at).entries.getInt((int) (at % PAGE));
  }

  /** Changes an entry. */
  public void put(long at, int value) throws IOException {
    Page page = page(at);
    page.entries.putInt((int) (at % PAGE), value);
    page.changed.set((int) (at % PAGE) / 4);
  }

  /** Hands every changed page to the file. The caller makes them durable. */
  public void writeBack() throws IOException {
    for (Map.Entry<Long, Page> each : pages.entrySet()) {
      write(each.getKey(), each.getValue());
    }
  }

  private Page page(long at) throws IOException {
    long start = at - at % PAGE;
    if (start != recentAt) {
      recent = load(start);
      recentAt = start;
    }
    return recent;
  }

  private Page load(long start) throws IOException {
    Page page = pages.get(start);
    if (page != null) {
      return page;
    }
    if (pages.size() >= MOST_PAGES) {
      Iterator<Map.Entry<Long, Page>> oldest = pages.entrySet().iterator();
      Map.Entry<Long, Page> victim = oldest.next();
      write(victim.getKey(), victim.getValue());
      oldest.remove();
    }
    ByteBuffer entries = ByteBuffer.allocate(PAGE).order(order);
    file.read(start, entries);
    page = new Page(entries.clear());
    pages.put(start, page);
    return page;
  }

  /** Only changed entries go out: the rest of a page may be something else by now. */
  private void write(long start, Page page) throws IOException {
    for (int from = page.changed.nextSetBit(0); from >= 0; ) {
      int to = page.changed.nextClearBit(from);
      file.write(start + 4L * from, page.entries.duplicate().limit(4 * to).position(4 * from));
      from = page.changed.nextSetBit(to);
    }
    page.changed.clear();
  }
}
