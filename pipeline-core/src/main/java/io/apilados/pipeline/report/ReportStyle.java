// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

/** The style of the page: light or dark as the reader's system is, on paper always light. */
final class ReportStyle {

    static final String CSS = """
            :root{color-scheme:light;--page:#f4f5f7;--card:#fff;--text:#1b1f24;--quiet:#59636e;--rule:#d5d9de;\
            --s1:#0067b0;--s2:#c24e00;--s3:#00795c;--w1:#d03030;--w2:#b58900;--w3:#8450c8;\
            --good:#0f6b3a;--fair:#8a5300;--bad:#b3261e}
            @media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;--page:#0f1216;--card:#181c22;\
            --text:#e6e9ed;--quiet:#9aa5b1;--rule:#343b44;--s1:#5cb3f5;--s2:#ff9a52;--s3:#46d0a4;\
            --w1:#ff6b6b;--w2:#e6bf4a;--w3:#b48cf0;--good:#5fd38d;--fair:#f0b455;--bad:#ff8a80}}
            *{box-sizing:border-box}
            body{font:16px/1.5 system-ui,sans-serif;color:var(--text);background:var(--page);\
            max-width:84rem;margin:0 auto;padding:1rem}
            h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0;overflow-wrap:anywhere}
            h2{font-size:1.15rem;margin:2rem 0 .6rem}
            p{margin:.4rem 0;overflow-wrap:anywhere}
            .quiet{color:var(--quiet)}
            .card{background:var(--card);border:1px solid var(--rule);border-radius:.6rem;padding:.7rem .8rem;margin:0}
            .badge{display:inline-block;font-size:.85rem;font-weight:700;line-height:1.4;padding:.1rem .55rem;\
            border:1.5px solid currentColor;border-radius:1rem;white-space:nowrap;vertical-align:middle}
            .good{color:var(--good)}.fair{color:var(--fair)}.bad{color:var(--bad)}
            .figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.2rem,1fr));gap:.6rem;margin:1rem 0}
            .figures .card{padding:.45rem .5rem;overflow-wrap:anywhere}
            .figures b{display:block;font-size:1.15rem;line-height:1.3}
            .figures span{color:var(--quiet);font-size:.85rem}
            .charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,22rem),1fr));gap:.8rem}
            figcaption{color:var(--quiet);margin-bottom:.3rem}figcaption b{color:var(--text)}
            svg.chart{display:block;width:100%;height:auto}
            svg.defs{position:absolute}
            .label{font-size:13px;fill:var(--quiet)}
            .grid{stroke:var(--quiet)}
            .line{stroke-linejoin:round}
            .s1{stroke:var(--s1)}.s2{stroke:var(--s2)}.s3{stroke:var(--s3)}
            .w1{fill:var(--w1)}.w1s{stroke:var(--w1)}.w2{fill:var(--w2)}.w3{fill:var(--w3)}.w3s{stroke:var(--w3)}
            .legend{list-style:none;display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;margin:.3rem 0 0;padding:0;font-size:.85rem}
            .key{width:28px;height:12px;margin-right:.4rem}
            table{border-collapse:collapse;width:100%}
            th,td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--rule);\
            vertical-align:top;overflow-wrap:anywhere}
            th{color:var(--quiet);font-weight:600;font-size:.85rem}
            tr:last-child td{border-bottom:0}
            .pairs td:first-child{width:40%;color:var(--quiet)}
            .pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:0 .8rem}
            details{margin-top:.8rem}summary{cursor:pointer;margin-bottom:.4rem}
            @media screen and (max-width:40rem){
            .figures{grid-template-columns:repeat(auto-fill,minmax(6.8rem,1fr));gap:.5rem}.figures b{font-size:1rem}
            .stack tr:first-child{display:none}
            .stack tr{display:block;padding:.4rem 0;border-bottom:1px solid var(--rule)}
            .stack tr:last-child{border-bottom:0}
            .stack td{display:flex;gap:.6rem;padding:.1rem 0;border:0}
            .stack td::before{content:attr(data-name);flex:0 0 6.5rem;color:var(--quiet)}
            }
            @media print{body{font-size:11px;max-width:none;padding:0}.charts{grid-template-columns:1fr 1fr}\
            .card,tr{break-inside:avoid}h2{break-after:avoid}}
            """;

    private ReportStyle() {}
}
