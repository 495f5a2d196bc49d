package org.jvmm.softcpu.isa;

/** The x87 escape opcodes D8H to DFH (SDM vol. 2 section A.5); the format is {@link OpSpec}'s. */
final class X87Rows {
  static final String TEXT =
      """
      D8/0:m fadd Md
      D8/1:m fmul Md
      D8/2:m fcom Md
      D8/3:m fcomp Md
      D8/4:m fsub Md
      D8/5:m fsubr Md
      D8/6:m fdiv Md
      D8/7:m fdivr Md
      D8/0:r fadd T0,Ti
      D8/1:r fmul T0,Ti
      D8/2:r fcom T0,Ti
      D8/3:r fcomp T0,Ti
      D8/4:r fsub T0,Ti
      D8/5:r fsubr T0,Ti
      D8/6:r fdiv T0,Ti
      D8/7:r fdivr T0,Ti
      # D9
      D9/0:m fld Md
      D9/2:m fst Md
      D9/3:m fstp Md
      D9/4:m fldenv Mn
      D9/5:m fldcw Mw
      D9/6:m fnstenv Mn
      D9/7:m fnstcw Mw
      D9/0:r fld Ti
      D9/1:r fxch Ti
      D9/3:r fstpnce Ti
      D9=D0 fnop -
      D9=E0 fchs -
      D9=E1 fabs -
      D9=E4 ftst -
      D9=E5 fxam -
      D9=E8 fld1 -
      D9=E9 fldl2t -
      D9=EA fldl2e -
      D9=EB fldpi -
      D9=EC fldlg2 -
      D9=ED fldln2 -
      D9=EE fldz -
      D9=F0 f2xm1 -
      D9=F1 fyl2x -
      D9=F2 fptan -
      D9=F3 fpatan -
      D9=F4 fxtract -
      D9=F5 fprem1 -
      D9=F6 fdecstp -
      D9=F7 fincstp -
      D9=F8 fprem -
      D9=F9 fyl2xp1 -
      D9=FA fsqrt -
      D9=FB fsincos -
      D9=FC frndint -
      D9=FD fscale -
      D9=FE fsin -
      D9=FF fcos -
      # DA
      DA/0:m fiadd Md
      DA/1:m fimul Md
      DA/2:m ficom Md
      DA/3:m ficomp Md
      DA/4:m fisub Md
      DA/5:m fisubr Md
      DA/6:m fidiv Md
      DA/7:m fidivr Md
      DA/0:r fcmovb T0,Ti @cmov
      DA/1:r fcmove T0,Ti @cmov
      DA/2:r fcmovbe T0,Ti @cmov
      DA/3:r fcmovu T0,Ti @cmov
      DA=E9 fucompp -
      # DB
      DB/0:m fild Md
      DB/1:m fisttp Md @pni
      DB/2:m fist Md
      DB/3:m fistp Md
      DB/5:m fld Mt
      DB/7:m fstp Mt
      DB/0:r fcmovnb T0,Ti @cmov
      DB/1:r fcmovne T0,Ti @cmov
      DB/2:r fcmovnbe T0,Ti @cmov
      DB/3:r fcmovnu T0,Ti @cmov
      DB=E0 fneni -
      DB=E1 fndisi -
      DB=E2 fnclex -
      DB=E3 fninit -
      DB=E4 fnsetpm -
      DB/5:r fucomi T0,Ti @cmov
      DB/6:r fcomi T0,Ti @cmov
      # DC
      DC/0:m fadd Mq
      DC/1:m fmul Mq
      DC/2:m fcom Mq
      DC/3:m fcomp Mq
      DC/4:m fsub Mq
      DC/5:m fsubr Mq
      DC/6:m fdiv Mq
      DC/7:m fdivr Mq
      DC/0:r fadd Ti,T0
      DC/1:r fmul Ti,T0
      DC/2:r fcom T0,Ti
      DC/3:r fcomp T0,Ti
      DC/4:r fsubr Ti,T0
      DC/5:r fsub Ti,T0
      DC/6:r fdivr Ti,T0
      DC/7:r fdiv Ti,T0
      # DD
      DD/0:m fld Mq
      DD/1:m fisttp Mq @pni
      DD/2:m fst Mq
      DD/3:m fstp Mq
      DD/4:m frstor Mn
      DD/6:m fnsave Mn
      DD/7:m fnstsw Mw
      DD/0:r ffree Ti
      DD/1:r fxch Ti
      DD/2:r fst Ti
      DD/3:r fstp Ti
      DD/4:r fucom T0,Ti
      DD/5:r fucomp T0,Ti
      # DE
      DE/0:m fiadd Mw
      DE/1:m fimul Mw
      DE/2:m ficom Mw
      DE/3:m ficomp Mw
      DE/4:m fisub Mw
      DE/5:m fisubr Mw
      DE/6:m fidiv Mw
      DE/7:m fidivr Mw
      DE/0:r faddp Ti,T0
      DE/1:r fmulp Ti,T0
      DE/2:r fcomp T0,Ti
      DE=D9 fcompp -
      DE/4:r fsubrp Ti,T0
      DE/5:r fsubp Ti,T0
      DE/6:r fdivrp Ti,T0
      DE/7:r fdivp Ti,T0
      # DF
      DF/0:m fild Mw
      DF/1:m fisttp Mw @pni
      DF/2:m fist Mw
      DF/3:m fistp Mw
      DF/4:m fbld Mt
      DF/5:m fild Mq
      DF/6:m fbstp Mt
      DF/7:m fistp Mq
      DF/0:r ffreep Ti
      DF/1:r fxch Ti
      DF/2:r fstp Ti
      DF/3:r fstp Ti
      DF=E0 fnstsw AX
      DF/5:r fucomip T0,Ti @cmov
      DF/6:r fcomip T0,Ti @cmov
      """;

  private X87Rows() {}
}
