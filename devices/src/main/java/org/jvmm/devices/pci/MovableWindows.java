package org.jvmm.devices.pci;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.bus.MmioBus;
import org.jvmm.core.bus.MmioDevice;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamBlock;

/**
 * Windows that the guest places: BARs, and the base registers of chips. What is there already keeps
 * its place: a window over it waits, and is mapped as soon as the place is free, for a guest may
 * move windows through each other. Any thread.
 */
public final class MovableWindows {
  private static final long NOWHERE = -1;

  private final PortBus ports;
  private final MmioBus mmio;
  private final MemoryMap memory;
  private final List<Window> windows = new ArrayList<>();

  /** Windows on these buses; whoever else attaches or maps does so before the guest runs. */
  public MovableWindows(PortBus ports, MmioBus mmio, MemoryMap memory) {
    this.ports = ports;
    this.mmio = mmio;
    this.memory = memory;
  }

  /** A window that can be placed; nowhere at first. */
  public abstract class Window {
    private long wanted = NOWHERE;
    private long mapped = NOWHERE;

    private Window() {
      synchronized (MovableWindows.this) {
        windows.add(this);
      }
    }

    /**
     * Moves the window. Where it cannot be, outside the address space or in another's place, it is
     * not seen.
     *
     * @param base its first address, not negative
     */
    public final void place(long base) {
      want(base);
    }

    /** Takes the window away. */
    public final void remove() {
      want(NOWHERE);
    }

    /** Whether it is mapped at an address now. */
    public final boolean isAt(long base) {
      synchronized (MovableWindows.this) {
        return mapped == base;
      }
    }

    private void want(long base) {
      synchronized (MovableWindows.this) {
        if (base == wanted) {
          return;
        }
        wanted = base;
        if (mapped != NOWHERE) {
          unmap(mapped);
          mapped = NOWHERE;
        }
        for (Window window : windows) {
          window.settle();
        }
      }
    }

    private void settle() {
      if (mapped == NOWHERE && wanted != NOWHERE && isFree(wanted)) {
        map(wanted);
        mapped = wanted;
      }
    }

    abstract boolean isFree(long base);

    abstract void map(long base);

    abstract void unmap(long base);
  }

  /** Ports; the parameters are those of {@link PortBus#attach}. */
  public Window ports(String owner, int count, int width, PortDevice device) {
    return new Window() {
      @Override
      boolean isFree(long base) {
        return base < PortBus.PORTS && ports.isFree((int) base, count);
      }

      @Override
      void map(long base) {
        ports.attach(owner, (int) base, count, width, device);
      }

      @Override
      void unmap(long base) {
        ports.detach((int) base);
      }
    };
  }

  /** Memory-mapped registers; the parameters are those of {@link MmioBus#attach}. */
  public Window mmio(String owner, long size, int width, MmioDevice device) {
    return new Window() {
      @Override
      boolean isFree(long base) {
        return mmio.isFree(base, size);
      }

      @Override
      void map(long base) {
        mmio.attach(owner, base, size, width, device);
      }

      @Override
      void unmap(long base) {
        mmio.detach(base);
      }
    };
  }

  /**
   * RAM or ROM of a device, the whole of a block: a frame buffer, an expansion ROM.
   *
   * @param name as in {@link MemorySlot#name}
   */
  public Window memory(String name, RamBlock block, boolean writable) {
    return new Window() {
      private MemorySlot slot;

      @Override
      boolean isFree(long base) {
        return memory.isFree(base, block.size());
      }

      @Override
      void map(long base) {
        slot = new MemorySlot(name, base, block.size(), block, 0, writable);
        memory.map(slot);
      }

      @Override
      void unmap(long base) {
        memory.unmap(slot);
      }
    };
  }
}
