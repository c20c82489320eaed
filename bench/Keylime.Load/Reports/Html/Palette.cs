namespace Keylime.Load.Reports.Html;

/// <summary>The page's colours, for light and dark surroundings. Neighbours in the order can be told apart without colour vision.</summary>
internal static class Palette
{
    public const int Size = 8;

    public const string Style = """
        :root { --page: #fcfcfb; --card: #ffffff; --ink: #1a1a19; --soft: #5f5e5a; --rule: #e4e3df; --bad: #c0392b; --bad-page: #fdecea;
          --c0: #2a78d6; --c1: #eb6834; --c2: #1baf7a; --c3: #b98900; --c4: #d6518a; --c5: #4a3aa7; --c6: #008300; --c7: #7a7974; }
        @media (prefers-color-scheme: dark) {
          :root { --page: #1a1a19; --card: #232322; --ink: #f2f1ed; --soft: #b3b2ac; --rule: #3b3a37; --bad: #ff8a7a; --bad-page: #3a2320;
            --c0: #5b9df0; --c1: #f08a5d; --c2: #35c592; --c3: #e0b13a; --c4: #ec83ad; --c5: #9085e9; --c6: #57b857; --c7: #a3a29c; }
        }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 24px; max-width: 1360px; background: var(--page); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
        h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 28px 0 8px; }
        p { margin: 4px 0; } .soft, .unit { color: var(--soft); font-weight: 400; }
        code { display: block; padding: 8px 10px; background: var(--card); border: 1px solid var(--rule); border-radius: 6px; overflow-wrap: anywhere; font-size: 13px; }
        .warnings { margin: 14px 0; padding: 10px 14px 10px 32px; border: 1px solid var(--bad); border-radius: 6px; background: var(--bad-page); }
        .tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 10px; margin: 16px 0; padding: 0; list-style: none; }
        .tiles li { padding: 10px 12px; background: var(--card); border: 1px solid var(--rule); border-radius: 6px; }
        .tiles b { display: block; font-size: 22px; font-variant-numeric: tabular-nums; } .tiles li.bad b { color: var(--bad); }
        .tiles span { color: var(--soft); font-size: 13px; display: block; }
        .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); gap: 12px; }
        figure { margin: 0; padding: 12px; background: var(--card); border: 1px solid var(--rule); border-radius: 6px; min-width: 0; }
        figcaption { font-weight: 600; margin-bottom: 4px; } svg { width: 100%; height: auto; display: block; }
        .grid { stroke: var(--rule); } .tick { fill: var(--soft); font-size: 11px; } .event { stroke: var(--soft); stroke-dasharray: 3 3; }
        .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; } .hover { fill: transparent; } .hover:hover { fill: var(--soft); fill-opacity: .12; }
        .c0 { stroke: var(--c0); background: var(--c0); } .c1 { stroke: var(--c1); background: var(--c1); } .c2 { stroke: var(--c2); background: var(--c2); }
        .c3 { stroke: var(--c3); background: var(--c3); } .c4 { stroke: var(--c4); background: var(--c4); } .c5 { stroke: var(--c5); background: var(--c5); }
        .c6 { stroke: var(--c6); background: var(--c6); } .c7 { stroke: var(--c7); background: var(--c7); }
        .bar { fill: var(--c0); stroke: none; }
        .legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 6px 0 0; padding: 0; list-style: none; font-size: 13px; color: var(--soft); }
        .legend i { display: inline-block; width: 12px; height: 3px; margin-right: 6px; vertical-align: middle; }
        .wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { padding: 5px 14px 5px 0; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; } th { color: var(--soft); font-weight: 500; }
        th:first-child, td:first-child, .texts th:last-child, .texts td:last-child { text-align: left; } .texts td:last-child { white-space: normal; overflow-wrap: anywhere; font-size: 13px; }
        """;
}
