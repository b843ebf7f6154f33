package doctor

// JudgeClock lets a test choose the time.
var JudgeClock = judgeClock
