package org.jvmm.softcpu.exec;

import java.util.HashMap;
import java.util.Map;
import org.jvmm.softcpu.isa.Op;
import org.jvmm.softcpu.isa.OpTable;

/** Which CPUID features have their instructions: those whose rows of the table are all bound. */
public final class Features {
  /** By feature of the table: whether all its rows are bound. */
  private static final Map<String, Boolean> BOUND = new HashMap<>();

  static {
    for (Op op : OpTable.rows()) {
      if (!op.feature.isEmpty()) {
        BOUND.merge(op.feature, Bindings.bound(op.mnemonic) != null, Boolean::logicalAnd);
      }
    }
  }

  private Features() {}

  /** Whether a feature's instructions exist; true for a feature that has none of its own. */
  public static boolean implemented(String feature) {
    return switch (feature) {
      case "fpu" -> Bindings.bound("fninit") != null;
      case "fxsr" -> Bindings.bound("fxsave") != null;
      case "mmx", "sse", "sse2", "pni", "ssse3", "sse4_1", "sse4_2", "aes", "pclmulqdq" ->
          BOUND.getOrDefault(feature, false);
      default -> BOUND.getOrDefault(feature, true);
    };
  }
}
