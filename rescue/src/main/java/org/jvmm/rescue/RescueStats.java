package org.jvmm.rescue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jvmm.core.stats.StatsTable;
import org.jvmm.softcpu.isa.Insn;

/** What was refused in a VM, per mnemonic, and what the rescues did. */
public final class RescueStats implements StatsTable {
  private final Map<String, LongAdder> refusals = new ConcurrentHashMap<>();
  private final LongAdder instructions = new LongAdder();
  private final LongAdder nanos = new LongAdder();
  private final LongAdder standstills = new LongAdder();

  /** One rescue is over. */
  void rescued(String mnemonic, long executed, long duration) {
    refused(mnemonic);
    executed(executed, duration);
  }

  /** The CPU in Java has executed instructions. */
  void executed(long number, long duration) {
    instructions.add(number);
    nanos.add(duration);
  }

  /** Under which an instruction is counted; null is one that cannot be fetched. */
  static String name(Insn insn) {
    if (insn == null) {
      return "(no instruction)";
    }
    return insn.hasPrefix(Insn.LOCK) ? "lock " + insn.op.mnemonic : insn.op.mnemonic;
  }

  void refused(String mnemonic) {
    refusals.computeIfAbsent(mnemonic, name -> new LongAdder()).increment();
  }

  void stoodStill() {
    standstills.increment();
  }

  /** Refusals of one mnemonic. */
  public long refusals(String mnemonic) {
    LongAdder count = refusals.get(mnemonic);
    return count == null ? 0 : count.sum();
  }

  /** Refusals of all. */
  public long refusals() {
    return refusals.values().stream().mapToLong(LongAdder::sum).sum();
  }

  /** Instructions executed by the CPU in Java. */
  public long instructions() {
    return instructions.sum();
  }

  /** How often all other vCPUs were stopped for an instruction. */
  public long standstills() {
    return standstills.sum();
  }

  @Override
  public String table() {
    if (refusals.isEmpty() && instructions() == 0) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    text.append(
        "%-24s %12d%s%n"
            .formatted(
                "rescues",
                refusals(),
                "  %d instructions in Java, %.3f s, %d standstills"
                    .formatted(instructions(), nanos.sum() / 1e9, standstills())));
    List<Map.Entry<String, LongAdder>> sorted = new ArrayList<>(refusals.entrySet());
    sorted.sort(Comparator.comparingLong(entry -> -entry.getValue().sum()));
    for (Map.Entry<String, LongAdder> entry : sorted) {
      text.append("refused %-16s %12d%n".formatted(entry.getKey(), entry.getValue().sum()));
    }
    return text.toString();
  }
}
