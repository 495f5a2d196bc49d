package org.jvmm.devices.dma;

import java.util.Arrays;
import java.util.List;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;
import org.jvmm.core.mem.GuestMemory;

/**
 * The PC/AT's DMA: channels 0-3 move bytes, 5-7 words, 4 is the cascade; page registers give the
 * address bits that the 8237s have not. A transfer wraps within its 64 KiB (128 KiB for words).
 *
 * <p>One monitor, this object's, guards both chips. Peripherals call with their own monitor held;
 * they are called without this one.
 */
public final class DmaPair implements Resettable, Snapshotable<DmaPair.State> {
  /** Ports of the first 8237, of the second (every register twice), and of the page registers. */
  public static final int PORTS = 16, WORD_PORTS = 32, PAGE_PORTS = 15;

  private static final int CASCADE = 4, CHANNELS = 8, WORD = 0xFFFF, VERSION = 1;

  /**
   * The channel of each page register from port 0x81 on; the others are mere storage, the last one
   * the refresh's.
   */
  private static final int[] PAGE_OF = {2, 3, 1, -1, -1, -1, 0, -1, 6, 7, 5, -1, -1, -1, 4};

  // Glue
  private final GuestMemory memory;
  private final Channel[] channels = new Channel[CHANNELS];

  // Volatile state
  private final I8237[] chips = {new I8237(), new I8237()};
  private final int[] pages = new int[PAGE_PORTS];

  /** Both chips, and the page registers in the order of their ports. */
  public record State(int version, I8237.State bytes, I8237.State words, List<Integer> pages) {
    public State {
      pages = List.copyOf(pages);
    }
  }

  /** A pair after reset, which transfers from and to this memory. */
  public DmaPair(GuestMemory memory) {
    this.memory = memory;
    for (int i = 0; i < CHANNELS; i++) {
      channels[i] = new Channel(i);
    }
  }

  /** {@link #PORTS} ports, 0x00 on a PC; byte wide. */
  public PortDevice bytePorts() {
    return new ChipPorts(chips[0], 0);
  }

  /** {@link #WORD_PORTS} ports, 0xC0 on a PC; byte wide. */
  public PortDevice wordPorts() {
    return new ChipPorts(chips[1], 1);
  }

  /** {@link #PAGE_PORTS} ports, 0x81 on a PC; byte wide. */
  public PortDevice pagePorts() {
    return new PagePorts();
  }

  /**
   * A peripheral's channel.
   *
   * @param number 0-3 for bytes, 5-7 for words
   */
  public DmaChannel channel(int number) {
    if (number < 0 || number >= CHANNELS || number == CASCADE) {
      throw new IllegalArgumentException("DMA channel " + number);
    }
    return channels[number];
  }

  @Override
  public synchronized void reset() {
    chips[0].clear();
    chips[1].clear();
    Arrays.fill(pages, 0);
  }

  /** Lets the first chip's requests through the second one, as firmware does. */
  public synchronized void startCascade() {
    chips[1].cascade();
  }

  private void tellReady() {
    for (Channel channel : channels) {
      channel.tellReady();
    }
  }

  private final class ChipPorts implements PortDevice {
    private final I8237 chip;
    private final int shift;

    ChipPorts(I8237 chip, int shift) {
      this.chip = chip;
      this.shift = shift;
    }

    @Override
    public int read(int offset, int size) {
      synchronized (DmaPair.this) {
        return chip.read(offset >> shift);
      }
    }

    @Override
    public void write(int offset, int size, int value) {
      synchronized (DmaPair.this) {
        chip.write(offset >> shift, value);
      }
      tellReady();
    }
  }

  private final class PagePorts implements PortDevice {
    @Override
    public int read(int offset, int size) {
      synchronized (DmaPair.this) {
        return pages[offset];
      }
    }

    @Override
    public void write(int offset, int size, int value) {
      synchronized (DmaPair.this) {
        pages[offset] = value;
      }
    }
  }

  private final class Channel implements DmaChannel {
    private final I8237 chip;
    private final int line;
    private final int shift;
    private final int page;
    private boolean wasReady;
    private boolean terminal;
    private Runnable listener = () -> {};

    Channel(int number) {
      chip = chips[number / I8237.CHANNELS];
      line = number % I8237.CHANNELS;
      shift = number / I8237.CHANNELS;
      int port = 0;
      while (PAGE_OF[port] != number) {
        port++;
      }
      page = port;
    }

    @Override
    public void request(boolean high) {
      synchronized (DmaPair.this) {
        chip.request(line, high);
      }
    }

    /** The second chip's channel 0 leads to the first one, whose channels stop with it. */
    @Override
    public boolean ready() {
      synchronized (DmaPair.this) {
        return chip.ready(line) && (shift != 0 || chips[1].cascades());
      }
    }

    @Override
    public void onReady(Runnable newListener) {
      listener = newListener;
    }

    void tellReady() {
      boolean became;
      synchronized (DmaPair.this) {
        boolean now = ready();
        became = now && !wasReady;
        wasReady = now;
      }
      if (became) {
        listener.run();
      }
    }

    @Override
    public int toMemory(byte[] data, int offset, int length) {
      return transfer(I8237.Mode.WRITE, data, offset, length);
    }

    @Override
    public int fromMemory(byte[] data, int offset, int length) {
      return transfer(I8237.Mode.READ, data, offset, length);
    }

    @Override
    public boolean terminalCount() {
      synchronized (DmaPair.this) {
        return terminal;
      }
    }

    private int transfer(int type, byte[] data, int offset, int length) {
      synchronized (DmaPair.this) {
        terminal = false;
        int programmed = chip.transferType(line);
        int transfers = Math.min(length >> shift, chip.left(line));
        boolean wrongWay = programmed != type && programmed != I8237.Mode.VERIFY;
        if (!ready() || wrongWay || transfers == 0) {
          return 0;
        }
        if (programmed == type) {
          move(type, data, offset, transfers);
        } else if (type == I8237.Mode.READ) {
          Arrays.fill(data, offset, offset + (transfers << shift), (byte) 0);
        }
        terminal = chip.count(line, transfers);
        wasReady = ready();
        return transfers << shift;
      }
    }

    private void move(int type, byte[] data, int offset, int transfers) {
      int address = chip.address(line);
      boolean down = chip.decrements(line);
      int done = 0;
      while (done < transfers) {
        int run = down ? 1 : Math.min(transfers - done, WORD + 1 - address);
        long gpa = base() + ((long) address << shift);
        int at = offset + (done << shift);
        if (type == I8237.Mode.WRITE) {
          memory.copyIn(gpa, data, at, run << shift);
        } else {
          memory.copyOut(gpa, data, at, run << shift);
        }
        address = address + (down ? -1 : run) & WORD;
        done += run;
      }
    }

    /** Words have one address bit fewer in the page register. */
    private long base() {
      return (long) (pages[page] & (shift == 0 ? 0xFF : 0xFE)) << 16;
    }
  }

  @Override
  public synchronized State save() {
    List<Integer> pageList = Arrays.stream(pages).boxed().toList();
    return new State(VERSION, chips[0].save(), chips[1].save(), pageList);
  }

  /**
   * {@inheritDoc} Peripherals drive their DREQ again, and look by themselves whether they go on.
   */
  @Override
  public synchronized void restore(State state) {
    StateCheck check = new StateCheck("dma");
    check.version(VERSION, state.version);
    I8237.check(check, state.bytes);
    I8237.check(check, state.words);
    check.that(state.pages.size() == PAGE_PORTS, "pages", state.pages.size());
    state.pages.forEach(value -> check.bits("page", value, 0xFF));
    chips[0].restore(state.bytes);
    chips[1].restore(state.words);
    Arrays.setAll(pages, state.pages::get);
  }
}
